import { expect } from 'vitest';
import { retryingActivities } from '../../../src/temporal/retrying-activities.ts';
import { test } from '../../support/own-worker.ts';
import { numbered } from '../../support/messages.ts';
import { startWorkerProcess } from '../../support/worker-process.ts';

test('a worker that is stopped hands its waiting jobs over at once', async ({ kafka, createJob, taskQueue }) => {
  const topic = await kafka.createTopic();
  const job = await createJob({ topics: [topic.name] });
  const first = await startWorkerProcess({ taskQueue });
  await job.start();
  await job.untilWorkingOn('pollOffsets', `${job.name}/${topic.name}/0`);
  expect(await first.stop()).toBe(0);
  // It said so itself: the grace for running activities was not waited for.
  expect(await retryingActivities(job.client, job.name)).toMatchObject([
    { activity: 'pollOffsets', code: 'WORKER_STOPPING' },
  ]);

  const second = await startWorkerProcess({ taskQueue });
  try {
    await topic.send(...numbered(10, 1));
    await job.untilCaughtUp();
    await job.expectVerified(10);
  } finally {
    await second.kill();
  }
});
