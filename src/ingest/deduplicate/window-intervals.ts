/** Instants from `first` to `last`, both included, in microseconds since the epoch. */
export interface Interval {
  readonly first: bigint;
  readonly last: bigint;
}

/** A stretch without any row, between the instants of two rows. */
export type Gap = { readonly before: bigint; readonly after: bigint };

/**
 * Where a row of the table has to lie to be near one of a batch, given the batch's extent and gaps in it. One row with
 * a time of long ago, or of the future, must not make the whole time between them worth reading.
 */
export function windowIntervals(extent: Interval, gaps: readonly Gap[], widthMicros: bigint): readonly Interval[] {
  const intervals: Interval[] = [];
  let first = extent.first;
  for (const { before, after } of gaps.toSorted((left, right) => (left.after < right.after ? -1 : 1))) {
    intervals.push({ first: first - widthMicros, last: before + widthMicros });
    first = after;
  }
  return [...intervals, { first: first - widthMicros, last: extent.last + widthMicros }];
}

export function overlapsAny({ first, last }: Interval, intervals: readonly Interval[]): boolean {
  return intervals.some((interval) => interval.first <= last && first <= interval.last);
}
