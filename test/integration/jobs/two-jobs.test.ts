import { expect } from 'vitest';
import { numbered } from '../../support/messages.ts';
import { test } from '../../support/job-fixture.ts';

test('a second job on the same table is refused, and doubles nothing', async ({ kafka, createJob }) => {
  const topic = await kafka.createTopic({ partitions: 2 });
  await topic.send(...numbered(200, 2));
  const first = await createJob({ topics: [topic.name] });
  const second = await createJob({ topics: [topic.name] });
  await first.start();
  await first.untilCaughtUp();
  await second.start();

  await expect(second.jobs.result(second.name)).rejects.toMatchObject({ code: 'TABLE_OWNED_BY_ANOTHER_JOB' });
  await topic.send(...numbered(100, 2));
  await first.untilCaughtUp();
  await first.expectVerified(300);
});

test('two jobs that start at the same moment never both commit', async ({ kafka, createJob }) => {
  const topic = await kafka.createTopic({ partitions: 2 });
  await topic.send(...numbered(200, 2));
  const jobs = [await createJob({ topics: [topic.name] }), await createJob({ topics: [topic.name] })];
  await Promise.all(jobs.map((job) => job.start()));
  const winner = await Promise.any(jobs.map(async (job) => job.untilCaughtUp().then(() => job)));
  const loser = jobs.find((job) => job !== winner);

  await expect(loser?.jobs.result(loser.name)).rejects.toMatchObject({ code: 'TABLE_OWNED_BY_ANOTHER_JOB' });
  await winner.expectVerified(200);
});

test('a second run of the same job takes the lane over, and the first is fenced', async ({ kafka, createJob }) => {
  const topic = await kafka.createTopic({ partitions: 2 });
  await topic.send(...numbered(200, 2));
  const job = await createJob({ topics: [topic.name] });
  await job.start();
  await job.untilCaughtUp();
  const second = `${job.name}-again`;
  await job.start(second);
  await job.until(({ lanes }) => lanes[0]?.positions.length === 2, second);
  await topic.send(...numbered(100, 2));

  await expect(job.jobs.result(job.name)).rejects.toMatchObject({ code: 'LANE_FENCED' });
  await job.until(({ lanes }) => lanes[0]?.totals.rows === 100, second);
  await job.expectVerified(300);
});
