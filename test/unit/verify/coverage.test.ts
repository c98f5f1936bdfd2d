import { describe, expect, test } from 'vitest';
import type { CommitNote } from '../../../src/model/table/commit-note.ts';
import { toOffset } from '../../../src/model/batch/offset-range.ts';
import { replayNotes, type NotedCommit } from '../../../src/verify/coverage.ts';

const origin = { job: 'j', topic: 't', topicId: 'id', epoch: 1 };

const opened = (offset: number, partition = 0): CommitNote => ({
  kind: 'laneOpened',
  ...origin,
  starts: [{ partition, offset: toOffset(offset) }],
});

const batch = (start: number, end: number, rows = end - start): CommitNote => ({
  kind: 'batch',
  ...origin,
  batch: 0,
  ranges: [{ partition: 0, startOffset: toOffset(start), endOffset: toOffset(end), rows, deadLetters: 0, drops: {} }],
});

const reset = (from: number, to: number, rows: 'keep' | 'discard'): CommitNote => ({
  kind: 'reset',
  ...origin,
  rows,
  moves: [{ partition: 0, from: toOffset(from), to: toOffset(to) }],
});

function replay(notes: readonly CommitNote[], fromTheStart = true): ReturnType<typeof replayNotes>[number] {
  const commits = notes.map((note, version): NotedCommit => ({ version, note }));
  const [coverage] = replayNotes(commits, fromTheStart);
  if (!coverage) throw new Error('no coverage');
  return coverage;
}

const spans = ({ segments }: ReturnType<typeof replay>): string[] =>
  segments.map(({ startOffset, endOffset, counts }) => `${startOffset}-${endOffset}${counts ? '' : '?'}`);

describe('replaying commit notes', () => {
  test('joins batches that follow one another', () => {
    const coverage = replay([opened(5), batch(5, 8), batch(8, 20)]);
    expect(spans(coverage)).toEqual(['5-8', '8-20']);
    expect(coverage).toMatchObject({ position: 20n, problems: [] });
  });

  test('finds a gap, an overlap and a partition that was never opened', () => {
    expect(replay([opened(0), batch(0, 5), batch(6, 8)]).problems[0]?.found).toBe('it goes on at 6');
    expect(replay([opened(0), batch(0, 5), batch(4, 8)]).problems[0]?.found).toBe('it goes on at 4');
    expect(replay([batch(0, 5)]).problems[0]?.expected).toMatch(/opened/);
  });

  test('takes the first known batch as it is where the log was cleaned up', () => {
    expect(replay([batch(100, 105)], false)).toMatchObject({ position: 105n, problems: [] });
  });

  test('finds counts that do not add up to the range', () => {
    expect(replay([opened(0), batch(0, 5, 4)]).problems).toMatchObject([{ kind: 'counts' }]);
  });

  test('covers a replayed range twice when rows were kept', () => {
    const coverage = replay([opened(0), batch(0, 10), reset(10, 4, 'keep'), batch(4, 12)]);
    expect(spans(coverage)).toEqual(['0-10', '4-12']);
    expect(coverage.problems).toEqual([]);
  });

  test('forgets what was discarded, and the counts of a range that lost a part', () => {
    const coverage = replay([opened(0), batch(0, 10), batch(10, 20), reset(20, 4, 'discard'), batch(4, 12)]);
    expect(spans(coverage)).toEqual(['0-4?', '4-12']);
    expect(coverage).toMatchObject({ position: 12n, problems: [] });
  });

  test('leaves out what a reset skipped', () => {
    expect(spans(replay([opened(0), batch(0, 5), reset(5, 9, 'keep'), batch(9, 12)]))).toEqual(['0-5', '9-12']);
  });

  test('opens a partition by a reset that is the first to speak of it', () => {
    expect(replay([reset(7, 7, 'keep'), batch(7, 9)])).toMatchObject({ position: 9n, problems: [] });
  });

  test('tells incarnations of a topic apart', () => {
    const later = { ...batch(0, 3), topicId: 'other' };
    const notes: CommitNote[] = [opened(0), batch(0, 5), { ...opened(0), topicId: 'other' }, later];
    const coverages = replayNotes(
      notes.map((note, version) => ({ version, note })),
      true,
    );
    expect(coverages.map(({ topicId, position, problems }) => [topicId, position, problems.length])).toEqual([
      ['id', 5n, 0],
      ['other', 3n, 0],
    ]);
  });
});
