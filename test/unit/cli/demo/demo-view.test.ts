import { expect, test } from 'vitest';
import { nextSteps } from '../../../../src/cli/demo/demo-summary.ts';
import { renderDemo, type DemoPhase } from '../../../../src/cli/demo/demo-view.ts';
import { noTotals, type JobProgress } from '../../../../src/model/requests/job-progress.ts';

const job = (rows: number): JobProgress => ({
  job: 'trips',
  state: 'running',
  lanes: [
    {
      topic: 'trips',
      table: '/lake/bronze_trips',
      state: 'running',
      positions: [],
      totals: { ...noTotals, rows },
      lagOffsets: '0',
    },
  ],
});

const lastLine = (phase: DemoPhase): string | undefined =>
  renderDemo({
    webUi: undefined,
    lakeFolder: '/lake',
    logFile: 'demo.log',
    elapsedMs: 1000,
    produced: 10,
    wanted: 10,
    jobs: [job(1)],
    retrying: [],
    rates: new Map(),
    phase,
  })
    .split('\n')
    .at(-1);

test('the live view says what Ctrl-C does now', () => {
  expect(lastLine('running')).toContain('Ctrl-C stops gracefully');
  expect(lastLine('stopping')).toContain('Ctrl-C again ends at once');
  expect(lastLine('verifying')).toContain('Ctrl-C again ends at once');
});

test('what to type next names a table that has rows, and is nothing where none has', () => {
  const result = { interrupted: false, produced: 10, reports: [], ingestMs: 1, stopsServers: false };
  expect(nextSteps({ ...result, jobs: [job(0), job(5)] })).toContain('  npx bronze query "from bronze_trips limit 5"');
  expect(nextSteps({ ...result, jobs: [job(0)] })).toEqual([]);
  expect(nextSteps({ ...result, stopsServers: true, jobs: [job(5)] }).join()).toContain('bronze stack up');
});
