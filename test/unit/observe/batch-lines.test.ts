import { expect, test } from 'vitest';
import type { BatchSummary, RangeCounts } from '../../../src/model/batch/batch.ts';
import { batchLines } from '../../../src/observe/batch-lines.ts';

const summary: BatchSummary = {
  topic: 'events',
  batch: 4,
  version: 5,
  rows: 7,
  deadLetters: 2,
  drops: {},
  deadLettersByCode: {},
  inputBytes: 0,
  outputBytes: 0,
  files: 1,
  durationMs: 1,
  committedAtMs: Date.UTC(2026, 0, 27, 10),
  ranges: [],
  lagOffsets: '0',
};

const range = (partition: number, counts: Pick<RangeCounts, 'rows' | 'deadLetters' | 'drops'>): RangeCounts => ({
  partition,
  startOffset: '0',
  endOffset: '100',
  ...counts,
});

test('the lines of a batch tell of its records, and not of offsets that Kafka uses for itself', () => {
  const ranges = [
    range(0, { rows: 7, deadLetters: 0, drops: { controlRecord: 9 } }),
    range(1, { rows: 0, deadLetters: 2, drops: {} }),
  ];
  expect(batchLines({ ...summary, drops: { controlRecord: 9 }, ranges })).toEqual([
    '2026-01-27 10:00:00 - Batch 4: total=9, valid=7, invalid=2',
    '2026-01-27 10:00:00 - Batch 4 partition distribution: [(0, 7), (1, 2)]',
  ]);
});

test('rules that records failed are told with what they do', () => {
  const ruleFailures = { drop: { 'no robots': 2 }, reject: { 'has id': 1 } };
  expect(batchLines({ ...summary, ruleFailures }).at(-1)).toBe(
    '2026-01-27 10:00:00 - Batch 4 failed rules: has id=1 (reject), no robots=2 (drop)',
  );
});

test('records that were dropped are told by reason', () => {
  const drops = { compacted: 8, failedRule: 3, tombstone: 1 };
  const ranges = [range(0, { rows: 7, deadLetters: 2, drops })];
  expect(batchLines({ ...summary, drops, ranges })).toEqual([
    '2026-01-27 10:00:00 - Batch 4: total=13, valid=7, invalid=2, dropped=4 (tombstone=1, failedRule=3)',
    '2026-01-27 10:00:00 - Batch 4 partition distribution: [(0, 13)]',
  ]);
});

test('outputs are told with what came late, and that it is dead letters where it is', () => {
  const output = {
    ...{ name: 'avg_10s', version: 3, rows: 2, removedRows: 0, open: 1, stateFiles: 1, stateBytes: 900 },
    counts: { taken: 6, late: 1, nullEventTime: 0, nullKey: 0 },
  };
  const lines = (keepsLate: { readonly keepsLate?: true }): string =>
    batchLines({ ...summary, outputs: [{ ...output, ...keepsLate }] }).at(-1) ?? '';
  expect(lines({})).toBe(
    '2026-01-27 10:00:00 - Batch 4 output avg_10s: taken=6, late=1, written=2, open=1, state=900 bytes',
  );
  expect(lines({ keepsLate: true })).toContain('late=1 (dead letters), ');
  const counts = { ...output.counts, aheadOfTime: 2 };
  expect(batchLines({ ...summary, outputs: [{ ...output, counts }] }).at(-1)).toContain('late=1, aheadOfTime=2, ');
});
