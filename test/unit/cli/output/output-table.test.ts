import { describe, expect, it } from 'vitest';
import { renderOutputs } from '../../../../src/cli/output/output-table.ts';
import type { BatchSummary } from '../../../../src/model/batch/batch.ts';
import { addBatch, noTotals, type LaneProgress } from '../../../../src/model/requests/job-progress.ts';
import { noOutputCounts, type OutputSummary } from '../../../../src/model/outputs/output-batch.ts';

const windows: OutputSummary = {
  name: 'avg_10s',
  version: 1234,
  counts: { ...noOutputCounts, taken: 100_000, late: 12, nullEventTime: 3 },
  rows: 600_000,
  removedRows: 1000,
  closedThrough: '2026-11-20T07:00:55.123Z',
  open: 12_345,
  stateFiles: 2,
  stateBytes: 1_234_567,
};
const newest: OutputSummary = {
  ...{ name: 'current', version: 7, counts: noOutputCounts, rows: 5, removedRows: 0 },
  ...{ open: 0, stateFiles: 0, stateBytes: 0 },
};

function summary(outputs: readonly OutputSummary[]): BatchSummary {
  return {
    ...{ topic: 'events', batch: 0, version: 1, rows: 0, deadLetters: 0, drops: {}, deadLettersByCode: {} },
    ...{ inputBytes: 0, outputBytes: 0, files: 0, durationMs: 0, committedAtMs: 0, ranges: [], lagOffsets: '0' },
    outputs,
  };
}

function lane(topic: string, ...batches: readonly BatchSummary[]): LaneProgress {
  const lastBatch = batches.at(-1);
  return {
    ...{ topic, table: `lake/${topic}`, state: 'running', positions: [], lagOffsets: '0' },
    totals: batches.reduce(addBatch, noTotals),
    ...(lastBatch === undefined ? {} : { lastBatch }),
  };
}

const linesOf = (...lanes: LaneProgress[]): string[] => renderOutputs(lanes).flatMap((text) => text.split('\n'));

describe('the table of outputs', () => {
  it('sums up what all batches did, and shows how each output stands after the last one', () => {
    const lines = linesOf(lane('events', summary([windows, newest]), summary([windows, newest])));
    expect(lines).toEqual([
      '',
      'output        rows  late  no time/key    open   state  closed through        version',
      'avg_10s  1,200,000    24            6  12,345  1.2 MB  2026-11-20 07:00:55Z     1234',
      'current         10     0                    0     0 B                              7',
    ]);
  });

  it('tells of times that were too far ahead to move a watermark', () => {
    const ahead = { ...newest, counts: { ...noOutputCounts, aheadOfTime: 2 } };
    expect(linesOf(lane('events', summary([ahead]), summary([newest]))).slice(1)).toEqual([
      'output   rows  late  ahead  open  state  version',
      'current    10     0      2     0    0 B        7',
    ]);
  });

  it('fits 80 columns where all rows have keys and times', () => {
    const inOrder = { ...windows, counts: { ...windows.counts, nullEventTime: 0 } };
    for (const line of linesOf(lane('events', summary([inOrder])))) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('names topics where there are several, and is not there without outputs', () => {
    expect(linesOf(lane('events', summary([newest])), lane('trips'))[1]).toMatch(/^topic/);
    expect(linesOf(lane('events'))).toEqual([]);
  });
});
