import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import { temporalConnectionOptions } from '../../../src/temporal/connection.ts';
import { installRuntime } from '../../../src/temporal/runtime.ts';
import { startWorker } from '../../../src/worker.ts';
import { packagedJobsFolder } from '../../../src/worker-settings.ts';
import { test as base } from '../../support/job-fixture.ts';
import { numbered } from '../../support/messages.ts';
import { temporalAddress } from '../../support/servers.ts';

const [activitySlots, topicCount] = [8, 12];

const test = base.extend<{ readonly taskQueue: string }>({
  taskQueue: [
    async ({}, use) => {
      installRuntime(() => undefined);
      const taskQueue = `queue-${randomUUID()}`;
      const worker = await startWorker({
        temporal: temporalConnectionOptions({ TEMPORAL_ADDRESS: temporalAddress() }),
        taskQueue,
        jobsFolder: packagedJobsFolder,
        activitySlots,
        engineProcesses: 2,
        logLine: () => undefined,
      });
      await use(taskQueue);
      await worker.stop();
    },
    { scope: 'file' },
  ],
});

describe('a worker with fewer activity slots than there are lanes', () => {
  test('ingests all topics, as those that wait leave slots for the others', async ({ kafka, createJob }) => {
    const topics = await Promise.all(Array.from({ length: topicCount }, () => kafka.createTopic()));
    const job = await createJob({ topics: topics.map(({ name }) => name) });
    await job.start();
    for (const round of [0, 1]) {
      await Promise.all(topics.map((topic) => topic.send(...numbered(2, 1, 2 * round))));
      await job.until(
        ({ lanes }) => lanes.length === topicCount && lanes.every(({ totals }) => totals.rows === 2 * (round + 1)),
      );
    }
    const { lanes } = await job.jobs.stop(job.name);
    expect(lanes.map(({ state }) => state)).toEqual(topics.map(() => 'completed'));
    await job.expectVerified(4 * topicCount);
  });
});
