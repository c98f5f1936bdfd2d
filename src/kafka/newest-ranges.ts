import { offsetCount, toOffset, type OffsetRange } from '../model/batch/offset-range.ts';

/**
 * The ends of ranges, with `most` offsets between them all: evenly, and what one does not have goes to the others.
 * Ranges of which nothing is taken are left out.
 */
export function newestRanges(ranges: readonly OffsetRange[], most: number): readonly OffsetRange[] {
  const shares = new Map<OffsetRange, bigint>();
  let left = BigInt(most);
  for (const [index, range] of ranges.toSorted(bySize).entries()) {
    const others = BigInt(ranges.length - index);
    // Rounded up, so that fewer offsets than ranges are not none at all.
    const even = (left + others - 1n) / others;
    const share = offsetCount(range) < even ? offsetCount(range) : even;
    shares.set(range, share);
    left -= share;
  }
  return ranges.flatMap((range) => {
    const share = shares.get(range) ?? 0n;
    return share === 0n ? [] : [{ ...range, startOffset: toOffset(BigInt(range.endOffset) - share) }];
  });
}

function bySize(left: OffsetRange, right: OffsetRange): number {
  return Number(offsetCount(left) - offsetCount(right));
}
