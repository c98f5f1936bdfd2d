import type { RangeGroup } from '../../model/batch/batch.ts';
import { offsetCount, toOffset, type OffsetRange } from '../../model/batch/offset-range.ts';

/**
 * Cuts ranges into at most `maxGroups` shares of about equal size, one for each engine. A range is cut where a share is
 * full, so one busy partition keeps all engines busy; shares below `minOffsetsPerGroup` are not worth a file of their own.
 */
export function shareRanges(
  ranges: readonly OffsetRange[],
  maxGroups: number,
  minOffsetsPerGroup: number,
): readonly RangeGroup[] {
  const total = ranges.reduce((sum, range) => sum + offsetCount(range), 0n);
  const groupCount = clamp(total / BigInt(minOffsetsPerGroup), 1n, BigInt(maxGroups));
  const shares: OffsetRange[][] = [];
  let done = 0n;
  for (const range of ranges.map(plainRange)) {
    let start = BigInt(range.startOffset);
    const end = BigInt(range.endOffset);
    do {
      const share = Number((done * groupCount) / (total === 0n ? 1n : total));
      const shareEnd = ceilDivide(BigInt(share + 1) * total, groupCount);
      const cut = min(end, start + max(shareEnd - done, 0n));
      const group = (shares[Math.min(share, Number(groupCount) - 1)] ??= []);
      group.push({ ...range, startOffset: toOffset(start), endOffset: toOffset(cut) });
      done += cut - start;
      start = cut;
    } while (start < end);
  }
  return shares.filter((share) => share.length > 0).map((share, group) => ({ group, ranges: share }));
}

/**
 * The same without cutting a range: the largest go first, each to the share that has the least. For what has to meet all
 * records of a topic partition in their order.
 */
export function shareWholeRanges(
  ranges: readonly OffsetRange[],
  maxGroups: number,
  minOffsetsPerGroup: number,
): readonly RangeGroup[] {
  const total = ranges.reduce((sum, range) => sum + offsetCount(range), 0n);
  const groupCount = Number(clamp(total / BigInt(minOffsetsPerGroup), 1n, BigInt(maxGroups)));
  const shares = Array.from({ length: groupCount }, () => ({ ranges: [] as OffsetRange[], size: 0n }));
  const largestFirst = ranges.toSorted((left, right) => Number(offsetCount(right) - offsetCount(left)));
  for (const range of largestFirst) {
    const least = shares.reduce((best, share) => (share.size < best.size ? share : best));
    least.ranges.push(plainRange(range));
    least.size += offsetCount(range);
  }
  return shares
    .filter((share) => share.ranges.length > 0)
    .map((share, group) => ({ group, ranges: share.ranges.toSorted((a, b) => a.partition - b.partition) }));
}

function plainRange({ topic, topicId, partition, startOffset, endOffset }: OffsetRange): OffsetRange {
  return { topic, topicId, partition, startOffset, endOffset };
}

function clamp(value: bigint, low: bigint, high: bigint): bigint {
  return min(max(value, low), high);
}

function min(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}

function max(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}

function ceilDivide(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}
