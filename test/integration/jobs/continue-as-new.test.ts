import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultPayloadConverter } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, onTestFinished, vi } from 'vitest';
import type { JobContinuation } from '../../../workflows/ingestion-job.ts';
import { engineProcesses } from '../../support/child-processes.ts';
import { test } from '../../support/own-worker.ts';
import { numbered } from '../../support/messages.ts';
import { startPrivateStack } from '../../support/servers.ts';
import type { TestJob } from '../../support/test-job.ts';
import { untilTrue } from '../../support/until-true.ts';
import { startWorkerProcess, type WorkerProcess } from '../../support/worker-process.ts';

/** Temporal suggests to continue as new from so many events on; its default is 4,096. A batch takes about ten. */
const suggestedAtEvents = 60;

let temporal: string;

beforeAll(async () => {
  vi.stubEnv('TEMPORAL_DYNAMIC_CONFIG', `limit.historyCount.suggestContinueAsNew=${String(suggestedAtEvents)}`);
  const stack = await startPrivateStack({ onTestFinished: afterAll }, ['temporal']);
  vi.unstubAllEnvs();
  temporal = stack.addresses.temporal!;
});

async function startWorker(taskQueue: string): Promise<WorkerProcess> {
  const worker = await startWorkerProcess({ taskQueue, env: { TEMPORAL_ADDRESS: temporal }, engines: 2 });
  onTestFinished(() => worker.kill());
  return worker;
}

/** The run that a run was continued as, and what it was given; undefined while it runs. */
async function nextRun(job: TestJob, runId: string): Promise<string | undefined> {
  const { events } = await job.client.workflow.getHandle(job.name, runId).fetchHistory();
  const continued = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes;
  return continued?.newExecutionRunId ?? undefined;
}

async function continuationOf(job: TestJob, runId: string): Promise<JobContinuation> {
  const { events } = await job.client.workflow.getHandle(job.name, runId).fetchHistory();
  const payload = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[1];
  return defaultPayloadConverter.fromPayload(payload!);
}

describe('a job whose history has grown long', () => {
  test('continues as new, again and again, and loses no batch, position or total', async ({
    kafka,
    createJob,
    taskQueue,
  }) => {
    await startWorker(taskQueue);
    const [busy, idle] = [await kafka.createTopic({ partitions: 2 }), await kafka.createTopic()];
    await idle.send(...numbered(7, 1));
    const job = await createJob({ topics: [busy.name, idle.name], temporal, document: { trigger: '10 ms' } });
    const runs = [await job.start()];

    let sent = 0;
    while (runs.length < 4) {
      await busy.send(...numbered(10, 2, sent));
      sent += 10;
      await job.until(({ lanes }) => lanes[0]?.totals.rows === sent);
      const next = await nextRun(job, runs.at(-1)!);
      if (next !== undefined) runs.push(next);
    }
    await job.untilCaughtUp();
    const { lanes } = await job.jobs.stop(job.name);

    expect(lanes.map(({ totals }) => totals.rows)).toEqual([sent, 7]);
    // One send may be two batches, when a plan comes between its partitions.
    expect(lanes[0]?.totals.batches).toBe((lanes[0]?.lastBatch?.batch ?? 0) + 1);
    expect(lanes[0]?.totals.batches).toBeGreaterThanOrEqual(sent / 10);
    expect(lanes[0]?.positions.map(({ offset }) => offset)).toEqual([String(sent / 2), String(sent / 2)]);
    await job.expectVerified(sent + 7);
  });

  test('hands a pause and a reset on that came while it was waiting for its last batch', async ({
    kafka,
    createJob,
    taskQueue,
  }) => {
    const worker = await startWorker(taskQueue);
    const [done, held] = [await kafka.createTopic(), await kafka.createTopic()];
    await held.send(...numbered(5, 1));
    const job = await createJob({ topics: [done.name, held.name], temporal, document: { trigger: '10 ms' } });
    const firstRun = await job.start();
    await job.untilCaughtUp();
    // Signals that cannot be read make the history long without a batch, after which it would be continued.
    await Promise.all(Array.from({ length: suggestedAtEvents }, () => job.handle.signal('resetCheckpoint', null)));

    // One lane has come to its end for the roll-over; the other cannot end its batch, as its engine process is stopped.
    const engine = (await engineProcesses(worker)).at(-1)!;
    process.kill(engine, 'SIGSTOP');
    await held.send(...numbered(5, 1, 5));
    await job.untilWorkingOn('transformRange', `${job.name}/${held.name}/1`);
    await done.send(...numbered(20, 1));
    await job.until(({ lanes }) => lanes[0]?.totals.rows === 20);
    await job.handle.signal('pause');
    await job.handle.signal('resetCheckpoint', { to: 'earliest', rows: 'discard', topics: [done.name] });
    await job.until(({ state }) => state === 'paused');
    expect(await nextRun(job, firstRun)).toBeUndefined();
    process.kill(engine, 'SIGCONT');

    let secondRun: string | undefined;
    await untilTrue(async () => (secondRun = await nextRun(job, firstRun)) !== undefined);
    expect(await continuationOf(job, secondRun!)).toMatchObject({
      paused: true,
      lanes: [
        { topic: done.name, pendingResets: [{ rows: 'discard' }], progress: { totals: { rows: 20 } } },
        { topic: held.name, pendingResets: [], progress: { totals: { rows: 10 } } },
      ],
    });
    // The reset is carried out although the job is paused; what it sets free is taken when the job is resumed.
    const paused = await job.until(({ lanes }) => lanes.every(({ state }) => state === 'paused'));
    expect(paused.lanes[0]?.positions).toEqual([{ partition: 0, offset: '0' }]);
    await job.jobs.resume(job.name);
    await job.untilCaughtUp();
    const { lanes } = await job.jobs.stop(job.name);
    expect(lanes.map(({ totals }) => totals.rows)).toEqual([40, 10]);
    await job.expectVerified(30);
  });

  test('answers a pause that is asked for while it comes to rest, and pauses the next run', async ({
    kafka,
    createJob,
    taskQueue,
  }) => {
    const worker = await startWorker(taskQueue);
    const topic = await kafka.createTopic();
    await topic.send(...numbered(5, 1));
    const job = await createJob({ topics: [topic.name], temporal, document: { trigger: '10 ms' } });
    const firstRun = await job.start();
    await job.untilCaughtUp();
    await Promise.all(Array.from({ length: suggestedAtEvents }, () => job.handle.signal('resetCheckpoint', null)));

    const engine = (await engineProcesses(worker)).at(-1)!;
    process.kill(engine, 'SIGSTOP');
    await topic.send(...numbered(5, 1, 5));
    await job.untilWorkingOn('transformRange', `${job.name}/${topic.name}/1`);
    const paused = job.jobs.pause(job.name);
    await job.until(({ state }) => state === 'paused');
    process.kill(engine, 'SIGCONT');

    expect(await paused).toMatchObject({ state: 'paused', lanes: [{ state: 'paused', totals: { rows: 10 } }] });
    await untilTrue(async () => (await nextRun(job, firstRun)) !== undefined);
    expect(await job.until(({ lanes }) => lanes.length > 0)).toMatchObject({ state: 'paused' });
    await job.jobs.resume(job.name);
    expect(await job.jobs.stop(job.name)).toMatchObject({ state: 'completed', lanes: [{ state: 'completed' }] });
    await job.expectVerified(10);
  });

  test('is not held up by a batch that cannot end, which comes to its end later', async ({
    kafka,
    createJob,
    taskQueue,
  }) => {
    await startWorker(taskQueue);
    const [busy, held] = [await kafka.createTopic(), await kafka.createTopic()];
    const job = await createJob({ topics: [busy.name, held.name], temporal, document: { trigger: '10 ms' } });
    const firstRun = await job.start();
    await job.until(({ lanes }) => lanes.length === 2 && lanes.every(({ state }) => state === 'running'));

    // No data file can be written where files have the names of its folders.
    const days = [0, 1].map((later) => new Date(Date.now() + later * 86_400_000).toISOString().slice(0, 10));
    const inTheWay = days.map((day) => join(job.tableOf(held.name), day));
    for (const file of inTheWay) await writeFile(file, '');
    await held.send(...numbered(5, 1));
    await untilTrue(async () => (await job.jobs.status(job.name)).retrying.length > 0);
    await Promise.all(Array.from({ length: suggestedAtEvents }, () => job.handle.signal('resetCheckpoint', null)));
    await busy.send(...numbered(5, 1));

    let secondRun: string | undefined;
    await untilTrue(async () => (secondRun = await nextRun(job, firstRun)) !== undefined);
    expect((await continuationOf(job, secondRun!)).lanes).toMatchObject([
      { topic: busy.name, progress: { totals: { rows: 5 } } },
      { topic: held.name, progress: { totals: { rows: 0 } }, mustReopen: true, givenUpBatches: 1 },
    ]);
    await busy.send(...numbered(5, 1, 5));
    await job.until(({ lanes }) => lanes[0]?.totals.rows === 10);
    for (const file of inTheWay) await rm(file);
    await job.untilCaughtUp();
    const { lanes } = await job.jobs.stop(job.name);
    expect(lanes.map(({ totals }) => totals.rows)).toEqual([10, 5]);
    await job.expectVerified(15);
  });
});
