import type { Segment, SegmentCounts } from './coverage.ts';

/** Offsets `[startOffset, endOffset)` that were ingested `copies` times. */
export interface Window {
  readonly startOffset: bigint;
  readonly endOffset: bigint;
  readonly copies: number;
}

/** The offsets that segments cover, as disjoint windows in order; neighbours with the same number of copies are one. */
export function coveredWindows(segments: readonly Pick<Segment, 'startOffset' | 'endOffset'>[]): Window[] {
  const changes = new Map<bigint, number>();
  for (const { startOffset, endOffset } of segments) {
    if (endOffset <= startOffset) continue;
    changes.set(startOffset, (changes.get(startOffset) ?? 0) + 1);
    changes.set(endOffset, (changes.get(endOffset) ?? 0) - 1);
  }
  const bounds = [...changes].filter(([, change]) => change !== 0).sort(([one], [other]) => (one < other ? -1 : 1));
  const windows: Window[] = [];
  let copies = 0;
  let startOffset = 0n;
  for (const [offset, change] of bounds) {
    if (copies > 0) windows.push({ startOffset, endOffset: offset, copies });
    copies += change;
    startOffset = offset;
  }
  return windows;
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
