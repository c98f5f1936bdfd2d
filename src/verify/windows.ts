import type { Segment, SegmentCounts } from './coverage.ts';

/** Offsets `[startOffset, endOffset)` that were ingested `copies` times. */
export interface Window {
  readonly startOffset: bigint;
  readonly endOffset: bigint;
  readonly copies: number;
  /** How many of the copies are of a topic that was deleted since, whose records nobody can read any more. */
  readonly pastCopies: number;
}

type Span = Pick<Segment, 'startOffset' | 'endOffset'>;

/** The offsets that segments cover, as disjoint windows in order; neighbours with the same copies are one. */
export function coveredWindows(segments: readonly Span[], past: readonly Span[] = []): Window[] {
  const changes = new Map<bigint, { copies: number; pastCopies: number }>();
  const count = ({ startOffset, endOffset }: Span, isPast: boolean): void => {
    if (endOffset <= startOffset) return;
    for (const [offset, step] of [
      [startOffset, 1],
      [endOffset, -1],
    ] as const) {
      const change = changes.get(offset) ?? { copies: 0, pastCopies: 0 };
      change.copies += step;
      if (isPast) change.pastCopies += step;
      changes.set(offset, change);
    }
  };
  for (const segment of segments) count(segment, false);
  for (const segment of past) count(segment, true);
  const bounds = [...changes]
    .filter(([, change]) => change.copies !== 0 || change.pastCopies !== 0)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const windows: Window[] = [];
  let [copies, pastCopies, startOffset] = [0, 0, 0n];
  for (const [offset, change] of bounds) {
    if (copies > 0) windows.push({ startOffset, endOffset: offset, copies, pastCopies });
    copies += change.copies;
    pastCopies += change.pastCopies;
    startOffset = offset;
  }
  return windows;
}

/** The same windows, none of which reaches over the offset. */
export function cutWindows(windows: readonly Window[], offset: bigint): readonly Window[] {
  return windows.flatMap((window) => {
    if (window.endOffset <= offset || window.startOffset >= offset) return [window];
    return [
      { ...window, endOffset: offset },
      { ...window, startOffset: offset },
    ];
  });
}

/** Neighbouring segments whose counts can be compared with the tables, and what they add up to. */
export interface CountGroup {
  readonly startOffset: bigint;
  readonly endOffset: bigint;
  readonly versions: readonly number[];
  readonly counts: SegmentCounts;
}

/** Segments that overlap make one group, whose counts are summed. Groups with an unknown count are left out. */
export function countGroups(segments: readonly Segment[]): CountGroup[] {
  const sorted = segments
    .filter(({ startOffset, endOffset }) => endOffset > startOffset)
    .toSorted((one, other) => (one.startOffset < other.startOffset ? -1 : one.startOffset > other.startOffset ? 1 : 0));
  const groups: Segment[][] = [];
  let groupEnd = 0n;
  for (const segment of sorted) {
    const group = groups.at(-1);
    if (group && segment.startOffset < groupEnd) group.push(segment);
    else groups.push([segment]);
    groupEnd = !group || segment.startOffset >= groupEnd || segment.endOffset > groupEnd ? segment.endOffset : groupEnd;
  }
  return groups.flatMap((group) => {
    const counts = sumCounts(group);
    const first = group[0];
    if (!counts || !first) return [];
    const endOffset = group.reduce((end, segment) => (segment.endOffset > end ? segment.endOffset : end), 0n);
    return [{ startOffset: first.startOffset, endOffset, versions: group.map(({ version }) => version), counts }];
  });
}

/** The sum of all counts, or `undefined` where one is unknown. */
export function sumCounts(segments: readonly Segment[]): SegmentCounts | undefined {
  const sum = { rows: 0, deadLetters: 0, drops: 0 };
  for (const { counts } of segments) {
    if (!counts) return undefined;
    sum.rows += counts.rows;
    sum.deadLetters += counts.deadLetters;
    sum.drops += counts.drops;
  }
  return sum;
}
