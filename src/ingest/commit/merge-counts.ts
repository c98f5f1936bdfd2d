import { addDrops, type BatchPlan, type RangeCounts, type TransformedGroup } from '../../model/batch/batch.ts';
import type { LaneIdentity } from '../../delta/commit/offset-positions.ts';
import { offsetCount } from '../../model/batch/offset-range.ts';
import { BronzeError } from '../../errors.ts';

/** The lane that a batch belongs to; all its ranges are of one topic. */
export function laneOf(plan: BatchPlan): LaneIdentity {
  const topicId = plan.ranges[0]?.topicId;
  if (topicId === undefined)
    throw new BronzeError('INTERNAL', `batch ${String(plan.batch)} of ${plan.topic} has no ranges`);
  return { job: plan.job, topic: plan.topic, topicId };
}

/**
 * The counts of a batch, one per topic partition: shares of a range that was cut are joined, and offsets that an
 * accepted loss skips are counted. Throws INTERNAL unless every offset is accounted for (invariant 4).
 */
export function mergeCounts(plan: BatchPlan, groups: readonly TransformedGroup[]): readonly RangeCounts[] {
  const shares = Map.groupBy(
    groups.flatMap((group) => group.counts),
    (counts) => counts.partition,
  );
  return plan.ranges.map((range) => {
    const lost = Number(BigInt(range.startOffset) - BigInt(range.storedOffset));
    let merged: RangeCounts = {
      partition: range.partition,
      startOffset: range.storedOffset,
      endOffset: range.endOffset,
      rows: 0,
      deadLetters: 0,
      drops: lost > 0 ? { lostToRetention: lost } : {},
    };
    for (const share of shares.get(range.partition) ?? []) {
      merged = {
        ...merged,
        rows: merged.rows + share.rows,
        deadLetters: merged.deadLetters + share.deadLetters,
        drops: addDrops(merged.drops, share.drops),
      };
    }
    assertAccountedFor(plan, merged);
    return merged;
  });
}

function assertAccountedFor(plan: BatchPlan, counts: RangeCounts): void {
  const dropped = Object.values(counts.drops).reduce((sum, count) => sum + count, 0);
  const accounted = BigInt(counts.rows + counts.deadLetters + dropped);
  const expected = offsetCount(counts);
  if (accounted !== expected) {
    throw new BronzeError(
      'INTERNAL',
      `${plan.topic}/${String(counts.partition)} [${counts.startOffset}, ${counts.endOffset}): ` +
        `${String(expected)} offsets, but ${String(accounted)} accounted for`,
    );
  }
}
