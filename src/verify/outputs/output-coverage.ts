import type { OutputBatchNote } from '../../model/table/commit-note.ts';
import { addOutputCounts, noOutputCounts, type OutputCounts } from '../../model/outputs/output-batch.ts';
import type { NotedCommit } from '../coverage.ts';

/** Offsets `[startOffset, endOffset)` that an output took in one commit, and by what records in them were late. */
export interface TakenRange {
  readonly partition: number;
  readonly startOffset: bigint;
  readonly endOffset: bigint;
  /** `undefined` where no commit that is known says so. */
  readonly lateness: OutputBatchNote['lateness'] | undefined;
}

/** What the commits of an output say that it took of one incarnation of a topic. */
export interface OutputCoverage {
  readonly taken: readonly TakenRange[];
  /** Where each topic partition began, and where the commits end. */
  readonly positions: ReadonlyMap<number, { readonly began: bigint; readonly end: bigint }>;
  /** The sum of what the commits counted. */
  readonly counts: OutputCounts;
  /** The conditions by which keys were removed, of an output that merges. */
  readonly deleteRules: ReadonlySet<string>;
}

/** Replays the notes of an output's table, oldest first. */
export function replayOutputNotes(commits: readonly NotedCommit[], topicId: string): OutputCoverage {
  let taken: TakenRange[] = [];
  let counts = noOutputCounts;
  let deleteRules = new Set<string>();
  const positions = new Map<number, { began: bigint; end: bigint }>();
  for (const { note } of commits) {
    if (note.topicId !== topicId) continue;
    if (note.kind === 'laneOpened') {
      for (const { partition, offset } of note.starts) {
        const start = BigInt(offset);
        const known = positions.get(partition);
        positions.set(partition, { began: known && known.began <= start ? known.began : start, end: start });
        // What lies there comes again: the output was emptied, or Kafka has other records by now.
        taken = taken.flatMap((range) => (range.partition === partition ? cutAt(range, start) : [range]));
      }
      if (taken.length === 0) [counts, deleteRules] = [noOutputCounts, new Set()];
    }
    if (note.kind !== 'outputBatch') continue;
    for (const { partition, startOffset, endOffset } of note.ranges) {
      const [start, end] = [BigInt(startOffset), BigInt(endOffset)];
      const known = positions.get(partition);
      positions.set(partition, { began: known?.began ?? start, end });
      if (end > start) taken.push({ partition, startOffset: start, endOffset: end, lateness: note.lateness });
    }
    counts = addOutputCounts(counts, note.counts);
    if (note.deleteWhen !== undefined) deleteRules.add(note.deleteWhen);
  }
  return { taken, positions, counts, deleteRules };
}

function cutAt(range: TakenRange, offset: bigint): TakenRange[] {
  if (range.endOffset <= offset) return [range];
  return range.startOffset >= offset ? [] : [{ ...range, endOffset: offset }];
}

/**
 * Where the log does not reach back to the output's beginning: all that lies between there and the first commit that is
 * known is taken to have been taken.
 */
export function assumeEarlier(
  { taken, positions, ...noted }: OutputCoverage,
  began: ReadonlyMap<number, bigint>,
  stored: ReadonlyMap<number, bigint>,
): OutputCoverage {
  const assumed: TakenRange[] = [];
  const completed = new Map(positions);
  for (const [partition, end] of stored) {
    const start = began.get(partition) ?? end;
    const known = taken.filter((range) => range.partition === partition);
    const knownFrom = known.reduce((least, { startOffset }) => (startOffset < least ? startOffset : least), end);
    completed.set(partition, { began: start, end: positions.get(partition)?.end ?? end });
    if (knownFrom > start) assumed.push({ partition, startOffset: start, endOffset: knownFrom, lateness: undefined });
  }
  return { ...noted, taken: [...assumed, ...taken], positions: completed };
}

/** The same offsets as few ranges, whatever was late in them. */
export function joinedRanges(taken: readonly TakenRange[]): readonly Omit<TakenRange, 'lateness'>[] {
  const joined: { partition: number; startOffset: bigint; endOffset: bigint }[] = [];
  const sorted = taken.toSorted(
    (one, other) => one.partition - other.partition || (one.startOffset < other.startOffset ? -1 : 1),
  );
  for (const { partition, startOffset, endOffset } of sorted) {
    const last = joined.at(-1);
    if (last?.partition === partition && startOffset <= last.endOffset) {
      if (endOffset > last.endOffset) last.endOffset = endOffset;
    } else joined.push({ partition, startOffset, endOffset });
  }
  return joined;
}
