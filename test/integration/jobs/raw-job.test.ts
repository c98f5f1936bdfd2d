import { expect } from 'vitest';
import { numbered } from '../../support/messages.ts';
import { test } from '../../support/job-fixture.ts';

test('every record of every partition becomes one row, and a stopped job goes on where it ended', async ({
  kafka,
  createJob,
}) => {
  const topic = await kafka.createTopic({ partitions: 4 });
  await topic.send(...numbered(2000, 4));
  const job = await createJob({ topics: [topic.name] });
  await job.start();
  await job.untilCaughtUp();
  await topic.send(...numbered(500, 4));
  await job.untilCaughtUp();
  const stopped = await job.jobs.stop(job.name);

  expect(stopped.state).toBe('completed');
  expect(stopped.lanes[0]?.totals.rows).toBe(2500);
  await job.expectVerified(2500);

  await topic.send(...numbered(300, 4));
  await job.start();
  await job.untilCaughtUp();
  await job.expectVerified(2800);
});

test('an idle topic makes no batches', async ({ kafka, createJob }) => {
  const topic = await kafka.createTopic();
  const job = await createJob({ topics: [topic.name] });
  await job.start();
  await job.until(({ lanes }) => lanes[0]?.state === 'running');
  await topic.send({ value: 'only one' });
  await job.untilCaughtUp();
  const stopped = await job.jobs.stop(job.name);

  expect(stopped.lanes[0]?.totals).toMatchObject({ batches: 1, rows: 1 });
});

test('availableNow takes what is there when it starts, and ends', async ({ kafka, createJob }) => {
  const topic = await kafka.createTopic({ partitions: 2 });
  await topic.send(...numbered(1000, 2));
  const job = await createJob({
    topics: [topic.name],
    document: { trigger: 'availableNow' },
    source: { maxOffsetsPerTrigger: 300 },
  });
  await job.start();
  const result = await job.jobs.result(job.name);

  expect(result.lanes[0]).toMatchObject({ state: 'completed', totals: { rows: 1000, batches: 4 } });
  await job.expectVerified(1000);
});

test('each topic of a job has a table of its own', async ({ kafka, createJob }) => {
  const [trips, ratings] = [await kafka.createTopic({ partitions: 2 }), await kafka.createTopic()];
  await trips.send(...numbered(100, 2));
  await ratings.send(...numbered(50, 1));
  const job = await createJob({ topics: [trips.name, ratings.name] });
  await job.start();
  await job.untilCaughtUp();
  const { lanes } = await job.jobs.stop(job.name);

  expect(lanes.map(({ topic, totals }) => [topic, totals.rows])).toEqual([
    [trips.name, 100],
    [ratings.name, 50],
  ]);
  await job.expectVerified(150);
});
