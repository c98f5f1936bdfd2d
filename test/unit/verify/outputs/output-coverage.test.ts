import { expect, test } from 'vitest';
import type { LaneOpenedNote, OutputBatchNote } from '../../../../src/model/table/commit-note.ts';
import { toOffset } from '../../../../src/model/batch/offset-range.ts';
import type { NotedCommit } from '../../../../src/verify/coverage.ts';
import { assumeEarlier, joinedRanges, replayOutputNotes } from '../../../../src/verify/outputs/output-coverage.ts';

const origin = { job: 'a-job', topic: 'events', topicId: 'an-id', epoch: 1 };

function opened(...starts: readonly (readonly [partition: number, offset: number])[]): LaneOpenedNote {
  return {
    kind: 'laneOpened',
    ...origin,
    starts: starts.map(([partition, offset]) => ({ partition, offset: toOffset(offset) })),
  };
}

function batch(partition: number, from: number, to: number, lateness?: OutputBatchNote['lateness']): OutputBatchNote {
  return {
    ...{ kind: 'outputBatch', ...origin, output: 'sums', batch: 0, rows: 0, removedRows: 0, open: 0 },
    ranges: [{ partition, startOffset: toOffset(from), endOffset: toOffset(to) }],
    counts: { taken: to - from, late: 0, nullEventTime: 0, nullKey: 0 },
    ...(lateness === undefined ? {} : { lateness }),
  };
}

const replay = (...notes: readonly NotedCommit['note'][]) =>
  replayOutputNotes(
    notes.map((note, version) => ({ version, note })),
    'an-id',
  );

const rangesOf = (...notes: readonly NotedCommit['note'][]): readonly string[] =>
  joinedRanges(replay(...notes).taken).map(
    ({ partition, startOffset, endOffset }) => `${partition} [${startOffset}, ${endOffset})`,
  );

test('ranges of batches that follow one another are one, and what a reset skipped is a gap', () => {
  const notes = [
    opened([0, 5], [1, 0]),
    batch(0, 5, 10),
    batch(1, 0, 3),
    batch(0, 10, 12),
    opened([0, 20]),
    batch(0, 20, 21),
  ];
  expect(rangesOf(...notes)).toEqual(['0 [5, 12)', '0 [20, 21)', '1 [0, 3)']);
  const { positions, counts } = replay(...notes);
  expect([...positions]).toEqual([
    [0, { began: 5n, end: 21n }],
    [1, { began: 0n, end: 3n }],
  ]);
  expect(counts.taken).toBe(11);
});

test('what an output took before it was emptied does not count', () => {
  const { taken, counts } = replay(opened([0, 0]), batch(0, 0, 10), opened([0, 0]), batch(0, 0, 4));
  expect(taken).toMatchObject([{ startOffset: 0n, endOffset: 4n }]);
  expect(counts.taken).toBe(4);
});

test('each range keeps by what its records were late', () => {
  const lateness = { delayMs: 5000, closedThroughUs: '17' };
  expect(replay(opened([0, 0]), batch(0, 0, 2), batch(0, 2, 3, lateness)).taken.map((range) => range.lateness)).toEqual(
    [undefined, lateness],
  );
});

test('offsets before the first commit that is known are taken to have been taken, by nobody knows what', () => {
  const known = replay(batch(0, 10, 12));
  const { taken } = assumeEarlier(
    known,
    new Map([[0, 4n]]),
    new Map([
      [0, 12n],
      [1, 3n],
    ]),
  );
  expect(taken).toMatchObject([
    { partition: 0, startOffset: 4n, endOffset: 10n, lateness: undefined },
    { partition: 0, startOffset: 10n, endOffset: 12n },
  ]);
});
