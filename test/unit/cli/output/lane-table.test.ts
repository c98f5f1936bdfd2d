import { describe, expect, it } from 'vitest';
import { renderLanes } from '../../../../src/cli/output/lane-table.ts';
import type { Drops } from '../../../../src/model/batch/batch.ts';
import { noTotals, type LaneProgress } from '../../../../src/model/requests/job-progress.ts';

function lane(topic: string, drops: Drops): LaneProgress {
  const totals = { ...noTotals, batches: 1, rows: 1000, drops };
  return { topic, table: `lake/${topic}`, state: 'running', positions: [], totals, lagOffsets: '0' };
}

function linesOf(...lanes: LaneProgress[]): string[] {
  const options = { title: 'topic', name: ({ topic }: LaneProgress) => topic, rowsPerSecond: () => undefined };
  return renderLanes(lanes, options).split('\n');
}

describe('the table of lanes', () => {
  it('counts the records that steps dropped, by lane', () => {
    expect(linesOf(lane('a', { tombstone: 2, failedRule: 1000, duplicate: 3, compacted: 7 }), lane('b', {}))).toEqual([
      'topic  state    batches   rows  rows/s  lag  dead letters  drops  version',
      'a      running        1  1,000            0             0  1,005',
      'b      running        1  1,000            0             0',
    ]);
  });

  it('has no column for drops where there are none', () => {
    expect(linesOf(lane('a', { controlRecord: 5 }))[0]).not.toContain('drops');
  });
});
