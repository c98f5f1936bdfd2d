import { BronzeError } from '../../errors.ts';
import type { PlannedRange } from '../../model/batch/batch.ts';
import { toOffset, type Offset } from '../../model/batch/offset-range.ts';

/** Where a topic partition stands: what the table holds, and what the broker has. */
export interface PartitionStanding {
  readonly partition: number;
  readonly storedOffset: bigint;
  readonly earliestOffset: bigint;
  /** Exclusive; the last stable offset under read_committed. Under `availableNow` the end that was fixed at the start. */
  readonly endOffset: bigint;
}

export interface BatchLimits {
  readonly maxOffsets?: number;
  readonly maxBytes: number;
  readonly bytesPerOffset: number;
  readonly failOnDataLoss: boolean;
}

export interface PlannedRanges {
  /** Without partitions that have nothing new. */
  readonly ranges: readonly PlannedRange[];
  /** What is left for later batches. */
  readonly lagOffsets: Offset;
}

/**
 * Decides what the next batch takes. Over the limits, each partition gets a share in proportion to what it has, so that
 * none starves. Throws `OFFSETS_LOST` where retention has overtaken the table, unless the loss is accepted.
 */
export function planRanges(
  { topic, topicId }: { readonly topic: string; readonly topicId: string },
  standings: readonly PartitionStanding[],
  limits: BatchLimits,
): PlannedRanges {
  const available = standings.flatMap((standing) => availableRange(topic, standing, limits.failOnDataLoss));
  const total = available.reduce((sum, range) => sum + range.end - range.start, 0n);
  const budget = offsetBudget(limits);
  let taken = 0n;
  const ranges = available.flatMap(({ partition, stored, start, end }): PlannedRange[] => {
    const share = total <= budget ? end - start : atLeastOne(((end - start) * budget) / total, end - start);
    taken += share;
    // A range may be empty and still move the table: over offsets that are lost for good.
    if (share === 0n && stored === start) return [];
    const planned = {
      storedOffset: toOffset(stored),
      startOffset: toOffset(start),
      endOffset: toOffset(start + share),
    };
    return [{ topic, topicId, partition, ...planned }];
  });
  return { ranges, lagOffsets: toOffset(total - taken) };
}

interface AvailableRange {
  readonly partition: number;
  readonly stored: bigint;
  readonly start: bigint;
  readonly end: bigint;
}

function availableRange(topic: string, standing: PartitionStanding, failOnDataLoss: boolean): AvailableRange[] {
  const { partition, storedOffset: stored, earliestOffset, endOffset } = standing;
  const where = `${topic}/${String(partition)}`;
  if (stored < earliestOffset) {
    if (failOnDataLoss) throw offsetsLost(where, stored, earliestOffset);
    return [{ partition, stored, start: earliestOffset, end: endOffset > earliestOffset ? endOffset : earliestOffset }];
  }
  return endOffset > stored ? [{ partition, stored, start: stored, end: endOffset }] : [];
}

function offsetsLost(where: string, stored: bigint, earliest: bigint): BronzeError {
  return new BronzeError(
    'OFFSETS_LOST',
    `${where}: offsets [${String(stored)}, ${String(earliest)}) are gone from Kafka before they were ingested. ` +
      'To accept the loss, set source.failOnDataLoss: false, or reset the checkpoint to earliest.',
  );
}

function offsetBudget(limits: BatchLimits): bigint {
  const byBytes = Math.max(1, Math.floor(limits.maxBytes / Math.max(1, limits.bytesPerOffset)));
  return BigInt(Math.min(byBytes, limits.maxOffsets ?? byBytes));
}

function atLeastOne(share: bigint, available: bigint): bigint {
  return share === 0n && available > 0n ? 1n : share;
}
