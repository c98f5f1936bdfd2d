import { expect } from 'vitest';
import { test } from '../../support/job-fixture.ts';
import { numbered } from '../../support/messages.ts';
import { startWorkerProcess } from '../../support/worker-process.ts';

test('a worker that is stopped hands its waiting jobs over at once', async ({ kafka, createJob, taskQueue }) => {
  const topic = await kafka.createTopic();
  const job = await createJob({ topics: [topic.name] });
  const first = await startWorkerProcess({ taskQueue });
  await job.start();
  await job.until(({ lanes }) => lanes[0]?.state === 'running');
  const startedAtMs = performance.now();
  expect(await first.stop()).toBe(0);
  // The grace for running activities is 30 seconds; a job that waits for data does not need it.
  expect(performance.now() - startedAtMs).toBeLessThan(15_000);

  const second = await startWorkerProcess({ taskQueue });
  try {
    await topic.send(...numbered(10, 1));
    await job.untilCaughtUp();
    await job.expectVerified(10);
  } finally {
    await second.kill();
  }
});
