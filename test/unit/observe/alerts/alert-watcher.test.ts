import { expect, test } from 'vitest';
import type { AlertEvent } from '../../../../src/model/job/alert.ts';
import type { AlertMemory, JobLook } from '../../../../src/model/requests/alert-requests.ts';
import type { JobSpec } from '../../../../src/model/job/job-spec.ts';
import { noTotals, type LaneProgress } from '../../../../src/model/requests/job-progress.ts';
import type { LaneLag } from '../../../../src/model/requests/lane-lag.ts';
import { AlertWatcher } from '../../../../src/observe/alerts/alert-watcher.ts';
import { parseInlineJob } from '../../../../src/spec/parse-job.ts';

const nothing: AlertMemory = { beganAtMs: 0, lanes: [], states: [] };

function specWith(...conditions: readonly string[]): JobSpec {
  const alerts = conditions.map((when) => ({ name: when, when, level: 'warning' }));
  return parseInlineJob({ name: 'job', source: { topics: ['gps'] }, alerts }, { env: {}, workingFolder: '/app' });
}

function watcherOf(spec: JobSpec, memory = nothing): AlertWatcher {
  return new AlertWatcher({ spec, workflowId: 'workflow', memory });
}

function job(lane: Partial<LaneProgress> = {}, more: Partial<JobLook> = {}): JobLook {
  const standing = { topic: 'gps', table: '/lake/gps', state: 'running', positions: [], lagOffsets: '0' } as const;
  const progress = { job: 'job', state: 'running', lanes: [{ ...standing, totals: noTotals, ...lane }] } as const;
  return { progress, retrying: [], state: 'running', firstRunId: 'run', ...more };
}

function totals(rows: number, deadLetters = 0): Pick<LaneProgress, 'totals'> {
  return { totals: { ...noTotals, batches: 1, rows, deadLetters } };
}

const lagOf = (storedOffset: bigint, endOffset: bigint): ReadonlyMap<string, LaneLag> =>
  new Map([['gps', [{ partition: 0, storedOffset: `${storedOffset}`, endOffset: `${endOffset}` }]]]);
const noLags = new Map<string, LaneLag>();

const told = (events: readonly AlertEvent[]): readonly string[] =>
  events.map(({ kind, condition, measured = '' }) => `${kind} ${condition}: ${measured}`);

test('dead letters are held against the records since the last look', () => {
  const watcher = watcherOf(specWith('deadLetterRatio > 10%'));
  expect(told(watcher.look(job(totals(80, 20)), noLags, 0).events)).toEqual(['firing deadLetterRatio > 10%: 20%']);
  expect(told(watcher.look(job(totals(80, 20)), noLags, 1).events)).toEqual([]);
  expect(told(watcher.look(job(totals(180, 21)), noLags, 2).events)).toEqual(['resolved deadLetterRatio > 10%: 0.99%']);
});

test('records that were dropped are records', () => {
  const watcher = watcherOf(specWith('deadLetterRatio > 10%'));
  const dropped = { totals: { ...totals(0, 1).totals, drops: { duplicate: 9, controlRecord: 90 } } };
  expect(told(watcher.look(job(dropped), noLags, 0).events)).toEqual([]);
});

test('the rate of rows is told once there is a minute of it, and goes on where a watcher takes over', () => {
  const spec = specWith('rowsPerSecond < 10');
  let watcher = watcherOf(spec);
  const seen: (readonly string[])[] = [];
  const rowsAt = [0, 600, 1200, 1200, 1200, 1800, 2400, 3600];
  rowsAt.forEach((rows, index) => {
    watcher = watcherOf(spec, watcher.memory);
    seen.push(told(watcher.look(job(totals(rows)), noLags, index * 30_000).events));
  });
  expect(seen).toEqual([[], [], [], [], ['firing rowsPerSecond < 10: 0'], [], ['resolved rowsPerSecond < 10: 20'], []]);
});

test('a watcher that takes over knows for how long a lane has been behind', () => {
  const spec = specWith('lagTime > 10 seconds', 'lag > 5');
  expect(watcherOf(spec).wantsLag).toBe(true);
  const first = watcherOf(spec);
  first.look(job(), lagOf(0n, 5n), 0);
  expect(told(first.look(job(), lagOf(0n, 9n), 15_000).events)).toEqual([
    'firing lagTime > 10 seconds: 15 s',
    'firing lag > 5: 9',
  ]);
  const second = watcherOf(spec, first.memory);
  expect(second.look(job(), lagOf(1n, 9n), 20_000).events).toEqual([]);
  expect(second.look(job(), noLags, 25_000).events).toEqual([]);
  expect(told(second.look(job(), lagOf(9n, 12n), 30_000).events)).toEqual([
    'resolved lagTime > 10 seconds: 0 s',
    'resolved lag > 5: 3',
  ]);
});

test('attempts that fail are those of the lane, and commits are told from others', () => {
  const watcher = watcherOf(specWith('failedAttempts > 2', 'failedCommits > 2'));
  expect(watcher.wantsLag).toBe(false);
  const failing = (activity: string, attempt: number, workflowId = 'job/gps/7'): JobLook =>
    job({}, { retrying: [{ workflowId, activity, attempt, code: 'STORAGE_UNAVAILABLE' }] });
  expect(watcher.look(failing('commitDeltaLog', 9, 'job/gps2/7'), noLags, 0).events).toEqual([]);
  expect(watcher.look(failing('openLane', 9, 'workflow'), noLags, 0).events).toEqual([]);
  expect(told(watcher.look(failing('transformRange', 4), noLags, 0).events)).toEqual(['firing failedAttempts > 2: 3']);
  expect(told(watcher.look(failing('commitDeltaLog', 4), noLags, 0).events)).toEqual(['firing failedCommits > 2: 3']);
  expect(told(watcher.look(job(), noLags, 0).events)).toEqual([
    'resolved failedAttempts > 2: 0',
    'resolved failedCommits > 2: 0',
  ]);
});

test('a lane that a defect stops is told of with the reason, and a job that fails by it leaves that open', () => {
  const watcher = watcherOf(specWith('laneFailed'));
  const failed = { state: 'failed', error: { code: 'OFFSETS_LOST', message: 'offsets are gone' } } as const;
  const outcome = watcher.look(job(failed, { state: 'failed' }), noLags, 0);
  expect(outcome.kind).toBe('ended');
  expect(told(outcome.events)).toEqual(['firing laneFailed: [OFFSETS_LOST] offsets are gone']);
});

test('what fires when the job ends is resolved', () => {
  const watcher = watcherOf(specWith('batchDuration > 1 minute', 'noDataFor > 1 hour'));
  const hourMs = 3_600_000;
  expect(told(watcher.look(job(), noLags, hourMs + 1).events)).toEqual(['firing noDataFor > 1 hour: 3600 s']);
  const outcome = watcher.look(job({}, { state: 'ended' }), noLags, hourMs + 2);
  expect(outcome).toMatchObject({ kind: 'ended', memory: { states: [] } });
  expect(told(outcome.events)).toEqual(['resolved noDataFor > 1 hour: ']);
});
