import { BronzeError } from '../../errors.ts';
import { addDrops, type Drops, type RangeCounts } from '../../model/batch/batch.ts';
import {
  OffsetRunWriter,
  type DroppedSet,
  type OffsetRun,
  type StepDropReason,
} from '../../model/batch/dropped-offsets.ts';
import { addRuleFailures, type FailedRule, type RuleFailures } from '../../model/batch/rule-failures.ts';
import { formatRange, offsetCount, type OffsetRange } from '../../model/batch/offset-range.ts';

interface Tally {
  readonly range: OffsetRange;
  rows: number;
  deadLetters: number;
  drops: Drops;
  readonly dropped: Map<StepDropReason, OffsetRunWriter>;
}

/** Counts what becomes of each offset of a group (invariant 4). */
export class RangeTally {
  readonly #tallies = new Map<number, Tally>();
  readonly #deadLettersByCode: Record<string, number> = {};
  #ruleFailures: RuleFailures = {};

  constructor(ranges: readonly OffsetRange[]) {
    for (const range of ranges) {
      if (this.#tallies.has(range.partition)) {
        throw new BronzeError('INTERNAL', `a group holds two ranges of ${range.topic}/${range.partition}`);
      }
      this.#tallies.set(range.partition, { range, rows: 0, deadLetters: 0, drops: {}, dropped: new Map() });
    }
  }

  addRows(partition: number, count: number): void {
    this.#of(partition).rows += count;
  }

  addDeadLetters(partition: number, code: string, count: number): void {
    this.#of(partition).deadLetters += count;
    this.#deadLettersByCode[code] = (this.#deadLettersByCode[code] ?? 0) + count;
  }

  addDrops(partition: number, drops: Drops): void {
    const tally = this.#of(partition);
    tally.drops = addDrops(tally.drops, drops);
  }

  /** Drops that a step decided. Those of one partition and reason have to come in order. */
  addDropped(partition: number, reason: StepDropReason, run: OffsetRun): void {
    const { dropped } = this.#of(partition);
    const writer = dropped.get(reason) ?? new OffsetRunWriter();
    writer.add(run);
    dropped.set(reason, writer);
    this.addDrops(partition, { [reason]: Number(run.length) });
  }

  /** The offsets of `addDropped`. */
  droppedSets(): readonly DroppedSet[] {
    return [...this.#tallies].flatMap(([partition, { dropped }]) =>
      [...dropped].map(([reason, offsets]) => ({ partition, reason, offsets: offsets.toString() })),
    );
  }

  addFailedRule({ rule, action, records }: FailedRule): void {
    this.#ruleFailures = addRuleFailures(this.#ruleFailures, { [action]: Object.fromEntries([[rule, records]]) });
  }

  get ruleFailures(): RuleFailures {
    return this.#ruleFailures;
  }

  get deadLettersByCode(): Readonly<Record<string, number>> {
    return this.#deadLettersByCode;
  }

  /** Throws INTERNAL unless every offset of every range is accounted for exactly once. */
  counts(): RangeCounts[] {
    return [...this.#tallies.values()].map(({ range, rows, deadLetters, drops }) => {
      const dropped = Object.values(drops).reduce((sum, count) => sum + count, 0);
      const settled = BigInt(rows) + BigInt(deadLetters) + BigInt(dropped);
      if (settled !== offsetCount(range)) {
        throw new BronzeError(
          'INTERNAL',
          `${formatRange(range)}: ${offsetCount(range)} offsets became ${rows} rows, ${deadLetters} dead letters ` +
            `and ${dropped} drops, which is ${settled}`,
        );
      }
      const { partition, startOffset, endOffset } = range;
      return { partition, startOffset, endOffset, rows, deadLetters, drops };
    });
  }

  #of(partition: number): Tally {
    const tally = this.#tallies.get(partition);
    if (!tally) throw new BronzeError('INTERNAL', `a record of partition ${partition} is in no range of the group`);
    return tally;
  }
}
