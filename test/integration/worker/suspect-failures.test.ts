import { NativeConnection, Worker } from '@temporalio/worker';
import { expect } from 'vitest';
import { createActivities } from '../../../activities/create-activities.ts';
import { BronzeError } from '../../../src/errors.ts';
import { Connections } from '../../../src/ingest/connections.ts';
import { WaitingPlaces } from '../../../src/ingest/plan/waiting-places.ts';
import { createTransformPool } from '../../../src/ingest/transform-pool.ts';
import type { ErrorCode } from '../../../src/model/error-code.ts';
import { loadJob } from '../../../src/spec/load-job.ts';
import { loadWorkflowBundle } from '../../../src/temporal/workflow-bundle.ts';
import { createRewritePool } from '../../../src/maintain/rewrite-pool.ts';
import { WorkerMetrics } from '../../../src/observe/metrics/worker-metrics.ts';
import { createReplayPool } from '../../../src/replay/replay-pool.ts';
import { packagedJobsFolder } from '../../../src/worker-settings.ts';
import { test as base } from '../../support/own-worker.ts';
import { numbered } from '../../support/messages.ts';
import { RecordingMeter } from '../../support/recording-meter.ts';
import { temporalAddress } from '../../support/servers.ts';

interface FaultyWorker {
  /** What the next attempts at transforming a share fail with, one after the other. */
  readonly failures: ErrorCode[];
  readonly meter: RecordingMeter;
}

const test = base.extend<{ readonly faultyWorker: FaultyWorker }>({
  faultyWorker: async ({ taskQueue }, use) => {
    const failures: ErrorCode[] = [];
    const meter = new RecordingMeter();
    const connection = await NativeConnection.connect({ address: temporalAddress() });
    const connections = new Connections({ env: {} });
    const transforms = createTransformPool({ size: 1, memoryBytes: 256 * 1024 * 1024 });
    const rewrites = createRewritePool({ memoryBytes: 256 * 1024 * 1024 });
    const worker = await Worker.create({
      connection,
      taskQueue,
      workflowBundle: await loadWorkflowBundle(),
      activities: {
        ...createActivities({
          connections,
          transforms: {
            ...transforms,
            transform: async (request, signal) => {
              const code = failures.shift();
              if (code !== undefined) throw new BronzeError(code, 'a fault of the test');
              return transforms.transform(request, signal);
            },
          },
          rewrite: rewrites.rewrite,
          replays: createReplayPool({ memoryBytes: 256 * 1024 * 1024 }),
          schedules: { start: async () => Promise.resolve(), end: async () => Promise.resolve() },
          stuckWorkflows: async () => Promise.resolve([]),
          loadJob: async (input) => Promise.resolve(loadJob(input, { jobsFolder: packagedJobsFolder, env: {} })),
          searchAttributes: false,
          waitingPlaces: new WaitingPlaces(100),
          stopping: new AbortController().signal,
          logLine: () => undefined,
          env: {},
          jobs: { look: () => Promise.reject(new Error('no job of the test has alerts')) },
          metrics: new WorkerMetrics({ meter }),
        }),
      },
    });
    const ended = worker.run();
    await use({ failures, meter });
    worker.shutdown();
    await ended;
    await transforms.close();
    await rewrites.close();
    await connections.close();
    await connection.close();
  },
});

test('a crash after outages is tried again: outages are not held against it', async ({
  kafka,
  faultyWorker,
  createJob,
}) => {
  const topic = await kafka.createTopic();
  await topic.send(...numbered(10, 1));
  const job = await createJob({ topics: [topic.name] });
  const outages = Array.from({ length: 4 }, (): ErrorCode => 'KAFKA_UNAVAILABLE');
  faultyWorker.failures.push(...outages, 'ENGINE_CRASHED');
  await job.start();
  await job.untilCaughtUp();
  await job.expectVerified(10);
  const lane = `job=${job.name},topic=${topic.name}`;
  expect(faultyWorker.meter.counters).toMatchObject({
    [`activity_failures_total{${lane},activity=transformRange,code=KAFKA_UNAVAILABLE}`]: 4,
    [`activity_failures_total{${lane},activity=transformRange,code=ENGINE_CRASHED}`]: 1,
    [`batches_total{${lane}}`]: 1,
    [`rows_total{${lane}}`]: 10,
  });
});

test('five crashes in a row stop the lane', async ({ kafka, faultyWorker, createJob }) => {
  const topic = await kafka.createTopic();
  await topic.send(...numbered(10, 1));
  const job = await createJob({ topics: [topic.name], document: { trigger: 'availableNow' } });
  const crashes = Array.from({ length: 5 }, (): ErrorCode => 'ENGINE_CRASHED');
  faultyWorker.failures.push(...crashes);
  await job.start();
  await expect(job.jobs.result(job.name)).rejects.toMatchObject({ code: 'ENGINE_CRASHED' });
  expect(faultyWorker.failures).toEqual([]);
});
