import { BronzeError } from '../../errors.ts';
import type { KafkaReader } from '../../kafka/kafka-reader.ts';
import type { PartitionOffset } from '../../model/batch/batch.ts';
import { toOffset } from '../../model/batch/offset-range.ts';
import type { ResetRequest } from '../../model/requests/reset-request.ts';
import type { TopicBounds } from './starting-offsets.ts';

/** How far a table of the lane has come: the job's own, unless it says which output. */
export interface HeldPosition extends PartitionOffset {
  readonly output?: string;
}

/** A topic partition of which Kafka has fewer offsets than a table: its log was cut off, or replaced by an older one. */
export interface PositionBeyondEnd extends Pick<HeldPosition, 'partition' | 'output'> {
  readonly storedOffset: bigint;
  readonly logEndOffset: bigint;
}

/**
 * Positions beyond the end of their log. The last stable offset does not tell: it stays behind while a Kafka transaction
 * is open, and a job may have read beyond it under another isolation level.
 */
export async function positionsBeyondEnd(
  kafka: Pick<KafkaReader, 'listOffsets'>,
  { topic, positions }: { readonly topic: string; readonly positions: readonly HeldPosition[] },
  bounds: Pick<TopicBounds, 'latest'>,
): Promise<readonly PositionBeyondEnd[]> {
  const isBeyond = (ends: ReadonlyMap<number, bigint>, partition: number, offset: string): boolean =>
    BigInt(offset) > (ends.get(partition) ?? BigInt(offset));
  if (!positions.some(({ partition, offset }) => isBeyond(bounds.latest, partition, offset))) return [];
  const logEnds = await kafka.listOffsets(topic, { at: 'latest', isolation: 'read_uncommitted' });
  return positions.flatMap(({ partition, offset, ...holder }) => {
    const logEndOffset = logEnds.get(partition);
    const storedOffset = BigInt(offset);
    const isBeyondEnd = logEndOffset !== undefined && storedOffset > logEndOffset;
    return isBeyondEnd ? [{ partition, ...holder, storedOffset, logEndOffset }] : [];
  });
}

/** Milliseconds between two looks at a log. */
export const pollIntervalMs = 250;
/**
 * A leader that has just taken over, or that does not know yet that it is none any more, may tell of a shorter log than
 * there is. Such a log must have been seen for longer than Kafka takes to notice (`broker.session.timeout.ms`: 9 s).
 */
const looksBeyondEnd = 60;

export type LogEnds =
  | { readonly kind: 'within' }
  /** To be looked at again. */
  | { readonly kind: 'unsure' }
  | { readonly kind: 'before'; readonly beyond: readonly PositionBeyondEnd[] };

/** Looks at the ends of logs until what they show can be believed. */
export class LogEndWatch {
  readonly #kafka: Pick<KafkaReader, 'listOffsets'>;
  readonly #held: { readonly topic: string; readonly positions: readonly HeldPosition[] };
  #seen: readonly PositionBeyondEnd[] = [];
  #looks = 0;

  constructor(
    kafka: Pick<KafkaReader, 'listOffsets'>,
    held: { readonly topic: string; readonly positions: readonly HeldPosition[] },
  ) {
    this.#kafka = kafka;
    this.#held = held;
  }

  async look(bounds: Pick<TopicBounds, 'latest'>): Promise<LogEnds> {
    const found = await positionsBeyondEnd(this.#kafka, this.#held, bounds);
    // Records that have come since the first look are new ones.
    const first = new Map(this.#seen.map((seen) => [seen.partition, seen]));
    this.#seen = found.map((now) => first.get(now.partition) ?? now);
    this.#looks = found.length > 0 ? this.#looks + 1 : 0;
    if (found.length === 0) return { kind: 'within' };
    return this.#looks < looksBeyondEnd ? { kind: 'unsure' } : { kind: 'before', beyond: this.#seen };
  }
}

export function offsetsBeyondEnd(topic: string, beyond: readonly PositionBeyondEnd[]): BronzeError {
  const found = beyond.map(
    ({ partition, output, storedOffset, logEndOffset }) =>
      `${topic}/${String(partition)}: ${output === undefined ? 'the table' : `the output ${output}`} holds offset ` +
      `${String(storedOffset)}, and Kafka's log ends at ${String(logEndOffset)}`,
  );
  return new BronzeError(
    'OFFSETS_LOST',
    `${found.join('; ')}. Kafka has lost records that were ingested (an unclean leader election, or a restored cluster). ` +
      'New records will bear offsets that are taken already. To go on at the end of the log, set ' +
      'source.failOnDataLoss: false, or reset the checkpoint to latest.',
  );
}

/**
 * The move to the end of the log. It is a reset, not a batch: a table that goes back must fence what was planned before,
 * and to the check of a batch the lower offsets would be ingested already. The rows stay; they may be the only copy.
 */
export function resetToLogEnd(topic: string, beyond: readonly PositionBeyondEnd[]): ResetRequest {
  const ends = beyond.map(({ partition, logEndOffset }) => [String(partition), toOffset(logEndOffset)]);
  return {
    to: { kind: 'offsets', offsets: { [topic]: Object.fromEntries(ends) as Record<string, `${bigint}`> } },
    topics: [topic],
    rows: 'keep',
    cause: 'logEndsBefore',
  };
}
