import type { OffsetRange } from '../model/batch/offset-range.ts';
import { toOffset } from '../model/batch/offset-range.ts';
import type { DropReason } from '../model/batch/batch.ts';
import { describePlaces, type ExtraOffset, type WindowOutcome } from './compare-window.ts';
import type { PartitionDifferences } from './difference-list.ts';
import type { KafkaLoad } from './kafka-side.ts';

const reasons: Partial<Record<DropReason, string>> = {
  abortedTransaction: 'a record of an aborted transaction',
  controlRecord: 'a transaction marker',
};

/**
 * Tells why Kafka has no committed record at offsets that have rows, dead letters or noted drops. Records that compaction removed
 * since are no difference; their number is given back.
 */
export async function explainExtras(
  outcome: WindowOutcome,
  partition: Omit<OffsetRange, 'startOffset' | 'endOffset'>,
  load: KafkaLoad,
  differences: PartitionDifferences,
): Promise<number> {
  let compacted = 0;
  for (const run of runsOf(outcome.extras)) {
    const first = run[0];
    if (!first) continue;
    const whole = await dropsIn(partition, first.offset, first.offset + BigInt(run.length), load);
    if (whole.compacted === run.length) {
      compacted += run.length;
      continue;
    }
    for (const extra of run) {
      if (differences.room === 0) {
        differences.addUntold(run.length - run.indexOf(extra));
        break;
      }
      const drops = await dropsIn(partition, extra.offset, extra.offset + 1n, load);
      if (drops.compacted === 1) compacted += 1;
      else tellExtra(extra, drops, differences);
    }
  }
  differences.addUntold(outcome.extrasLeftOut);
  return compacted;
}

function tellExtra(
  extra: ExtraOffset,
  drops: Partial<Record<DropReason, number>>,
  differences: PartitionDifferences,
): void {
  const [reason] = Object.entries(drops).flatMap(([key, count]) => (count > 0 ? [key] : []));
  const there = Object.entries(reasons).find(([key]) => key === reason)?.[1] ?? 'no committed record';
  differences.add(
    extra.rows > 0 ? 'unexpectedRow' : extra.deadLetters > 0 ? 'unexpectedDeadLetter' : 'unexpectedDrop',
    `neither row nor dead letter: Kafka has ${there} here`,
    describePlaces(extra),
    extra.offset,
  );
}

/** Extras at consecutive offsets, together. */
function runsOf(extras: readonly ExtraOffset[]): ExtraOffset[][] {
  const runs: ExtraOffset[][] = [];
  for (const extra of extras) {
    const run = runs.at(-1);
    if (run?.at(-1)?.offset === extra.offset - 1n) run.push(extra);
    else runs.push([extra]);
  }
  return runs;
}

async function dropsIn(
  partition: Omit<OffsetRange, 'startOffset' | 'endOffset'>,
  startOffset: bigint,
  endOffset: bigint,
  load: KafkaLoad,
): Promise<Partial<Record<DropReason, number>>> {
  const sum: Partial<Record<DropReason, number>> = {};
  const range = { ...partition, startOffset: toOffset(startOffset), endOffset: toOffset(endOffset) };
  const options = { isolationLevel: load.isolationLevel, ...(load.signal ? { signal: load.signal } : {}) };
  for await (const { dropped } of load.kafka.readRange(range, options)) {
    for (const [reason, count] of Object.entries(dropped) as [DropReason, number][]) {
      sum[reason] = (sum[reason] ?? 0) + count;
    }
  }
  return sum;
}
