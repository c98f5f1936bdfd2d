import { dropCount, type RangeCounts } from '../model/batch/batch.ts';
import { stepDropReasons } from '../model/batch/dropped-offsets.ts';
import type { BatchNote, CommitNote } from '../model/table/commit-note.ts';

/** Offsets `[startOffset, endOffset)` of one commit, with what the commit says became of them. */
export interface Segment {
  readonly startOffset: bigint;
  readonly endOffset: bigint;
  readonly version: number;
  /** `undefined` when the log does not say (any more): a discard took a part away, or the entry was cleaned up. */
  readonly counts: SegmentCounts | undefined;
  /** No commit that is known says so: offsets in it may have been dropped, skipped, or ingested more than once. */
  readonly isAssumed?: true;
  /** The note of the commit, where it says that steps dropped records. */
  readonly note?: BatchNote;
}

export interface SegmentCounts {
  readonly rows: number;
  readonly deadLetters: number;
  readonly drops: number;
}

/** What the commits of a job say of one topic partition. */
export interface PartitionCoverage {
  readonly topicId: string;
  readonly partition: number;
  /** Where the next batch has to begin. */
  readonly position: bigint;
  /** In the order of the commits. They overlap only where a reset kept the rows that it replays. */
  readonly segments: readonly Segment[];
  readonly problems: readonly CoverageProblem[];
}

export interface CoverageProblem {
  readonly kind: 'ranges' | 'counts' | 'drops';
  readonly expected: string;
  readonly found: string;
}

export interface NotedCommit {
  readonly version: number;
  readonly note: CommitNote;
}

interface Building {
  readonly topicId: string;
  readonly partition: number;
  position: bigint | undefined;
  segments: Segment[];
  readonly problems: CoverageProblem[];
}

/**
 * Replays commit notes, oldest first, and keeps what they cover of each topic partition. `fromTheStart` says that no
 * earlier note was cleaned up: then a partition has to be opened before its first batch.
 */
export function replayNotes(commits: readonly NotedCommit[], fromTheStart: boolean): PartitionCoverage[] {
  const partitions = new Map<string, Building>();
  for (const { version, note } of commits) {
    const at = (partition: number): Building => {
      const key = `${note.topicId}/${partition}`;
      const known = partitions.get(key);
      if (known) return known;
      const made: Building = { topicId: note.topicId, partition, position: undefined, segments: [], problems: [] };
      partitions.set(key, made);
      return made;
    };
    switch (note.kind) {
      case 'laneOpened':
        for (const { partition, offset } of note.starts) openPartition(at(partition), version, BigInt(offset));
        break;
      case 'deadLettersClaimed':
      case 'outputBatch':
      case 'lateRecords':
        break;
      case 'batch':
        for (const range of note.ranges) applyRange(at(range.partition), { version, note }, range, fromTheStart);
        break;
      case 'reset':
        for (const { partition, from, to } of note.moves) {
          applyMove(at(partition), version, { from: BigInt(from), to: BigInt(to), rows: note.rows, fromTheStart });
        }
        break;
    }
  }
  return [...partitions.values()].flatMap(({ position, ...rest }) =>
    position === undefined ? [] : [{ ...rest, position }],
  );
}

function openPartition(building: Building, version: number, offset: bigint): void {
  if (building.position !== undefined && building.position !== offset) {
    building.problems.push({
      kind: 'ranges',
      expected: `version ${version} to open the partition at ${building.position}, where the commits before it end`,
      found: `opened at ${offset}`,
    });
  }
  building.position = offset;
}

function applyRange(
  building: Building,
  { version, note }: { readonly version: number; readonly note: BatchNote },
  range: RangeCounts,
  fromTheStart: boolean,
): void {
  const startOffset = BigInt(range.startOffset);
  const endOffset = BigInt(range.endOffset);
  checkPosition(building, version, startOffset, fromTheStart);
  let drops = 0;
  for (const count of Object.values(range.drops)) drops += count;
  const sum = BigInt(range.rows + range.deadLetters + drops);
  if (endOffset < startOffset || sum !== endOffset - startOffset) {
    building.problems.push({
      kind: 'counts',
      expected: `version ${version} to account for the ${endOffset - startOffset} offsets of [${startOffset}, ${endOffset})`,
      found: `${range.rows} rows + ${range.deadLetters} dead letters + ${drops} drops = ${sum}`,
    });
  }
  const counts = { rows: range.rows, deadLetters: range.deadLetters, drops };
  const saysDropped =
    note.dropped !== undefined || stepDropReasons.some((reason) => dropCount(range.drops, reason) > 0);
  building.segments.push({ startOffset, endOffset, version, counts, ...(saysDropped ? { note } : {}) });
  building.position = endOffset;
}

function applyMove(
  building: Building,
  version: number,
  move: {
    readonly from: bigint;
    readonly to: bigint;
    readonly rows: 'keep' | 'discard';
    readonly fromTheStart: boolean;
  },
): void {
  // A partition that a reset is the first to speak of begins where it is moved to.
  if (building.position === undefined && move.from === move.to) building.position = move.from;
  checkPosition(building, version, move.from, move.fromTheStart);
  if (move.rows === 'discard') building.segments = building.segments.flatMap((segment) => cutAt(segment, move.to));
  building.position = move.to;
}

/** What is left of a segment when the rows from `offset` on were discarded. */
function cutAt(segment: Segment, offset: bigint): Segment[] {
  if (segment.endOffset <= offset) return [segment];
  return segment.startOffset >= offset ? [] : [{ ...segment, endOffset: offset, counts: undefined }];
}

function checkPosition(building: Building, version: number, startOffset: bigint, fromTheStart: boolean): void {
  const { position } = building;
  if (position === startOffset || (position === undefined && !fromTheStart)) return;
  building.problems.push({
    kind: 'ranges',
    expected: `version ${version} to go on at ${position ?? 'a start that a commit before it opened'}`,
    found: `it goes on at ${startOffset}`,
  });
}
