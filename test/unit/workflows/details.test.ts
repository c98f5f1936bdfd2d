import { expect, test } from 'vitest';
import type { BatchSummary } from '../../../src/model/batch/batch.ts';
import { noTotals, type JobProgress } from '../../../src/model/requests/job-progress.ts';
import type { OutputSummary } from '../../../src/model/outputs/output-batch.ts';
import { formatBytes, formatDuration } from '../../../src/cli/output/units.ts';
import { batchDetails, jobDetails } from '../../../workflows/details.ts';
import { duration, size } from '../../../workflows/figures.ts';

const output: OutputSummary = {
  name: 'avg_10s',
  version: 7,
  open: 40,
  stateFiles: 1,
  stateBytes: 1213,
  closedThrough: '2026-01-27T15:58:51.029Z',
  counts: { taken: 308, late: 8, nullEventTime: 0, nullKey: 0 },
  rows: 73,
  removedRows: 0,
};

const summary: BatchSummary = {
  topic: 'events',
  batch: 3,
  version: 8,
  rows: 316,
  deadLetters: 0,
  drops: { failedRule: 1 },
  deadLettersByCode: {},
  files: 10,
  inputBytes: 20_000,
  outputBytes: 10_000,
  durationMs: 2630,
  committedAtMs: 1_769_529_600_000,
  ranges: [{ partition: 0, startOffset: '0', endOffset: '317', rows: 316, deadLetters: 0, drops: { failedRule: 1 } }],
  lagOffsets: '0',
  outputs: [output],
};

test('details of a batch have no column in which nothing stands', () => {
  expect(batchDetails(summary).split('\n')).toEqual([
    '**events** batch 3 is version 8: 316 rows, 0 dead letters, dropped 1 failedRule, 10 files in 2.6 s',
    '',
    '| partition | start offset | end offset | rows | dead letters | dropped |',
    '|--:|--:|--:|--:|--:|---|',
    '| 0 | 0 | 317 | 316 | 0 | 1 failedRule |',
    '',
    '| output | version | rows taken | late | rows written | closed through | open | state |',
    '|---|--:|--:|--:|--:|---|--:|--:|',
    '| avg_10s | 7 | 308 | 8 | 73 | 2026-01-27 15:58:51Z | 40 | 1.2 kB |',
  ]);
  expect(batchDetails({ ...summary, outputs: [{ ...output, removedRows: 5 }] })).toContain('| rows removed |');
});

test('details of a job name the topic of an output where there are several', () => {
  const lane = (topic: string): JobProgress['lanes'][number] => ({
    topic,
    table: `/lake/${topic}`,
    state: 'running',
    positions: [],
    totals: { ...noTotals, outputs: { avg_10s: { ...output.counts, rows: 73, removedRows: 0 } } },
    lagOffsets: '0',
    lastBatch: summary,
  });
  const details = (...topics: string[]): string =>
    jobDetails({ job: 'events-window', state: 'running', lanes: topics.map(lane) });
  expect(details('events')).toContain('\n| output | rows taken | late | rows written | closed through |');
  expect(details('events', 'more')).toContain('\n| topic | output | rows taken |');
});

test.each([0, 999, 1000, 59_999, 60_000, 3_725_000])('figures are those of the command line (%d)', (value) => {
  expect(duration(value)).toBe(formatDuration(value));
  expect(size(value)).toBe(formatBytes(value));
  expect(size(value * 1e6)).toBe(formatBytes(value * 1e6));
});
