import { expect } from 'vitest';
import { numbered } from '../../support/messages.ts';
import { test } from '../../support/job-fixture.ts';

test('a reset to offsets that Kafka does not have is refused, and the job goes on', async ({ kafka, createJob }) => {
  const topic = await kafka.createTopic();
  await topic.send(...numbered(10, 1));
  const job = await createJob({ topics: [topic.name] });
  await job.start();
  await job.untilCaughtUp();
  const reset = { to: { [topic.name]: { 0: 5000 } }, rows: 'keep' };

  await expect(job.jobs.reset(job.name, reset)).rejects.toMatchObject({ code: 'OFFSETS_LOST' });
  await job.handle.signal('resetCheckpoint', reset);
  const { warning, lanes } = await job.until((progress) => progress.warning !== undefined);
  expect(warning).toContain('offset 5000 is outside of what Kafka has');
  expect(lanes[0]?.state).toBe('running');
  await topic.send(...numbered(10, 1, 10));
  await job.untilCaughtUp();
  await job.expectVerified(20);
});

test('a reset to offsets moves the partitions that it names, and no others', async ({ kafka, createJob }) => {
  const [topic, other] = [await kafka.createTopic({ partitions: 2 }), await kafka.createTopic()];
  await topic.send(...numbered(20, 2));
  await other.send(...numbered(10, 1));
  const job = await createJob({ topics: [topic.name, other.name] });
  await job.start();
  await job.untilCaughtUp();
  await job.jobs.reset(job.name, { to: { [topic.name]: { 1: 4 } }, rows: 'keep' });
  await job.untilCaughtUp();

  const { lanes } = await job.jobs.progress(job.name);
  expect(lanes.map(({ totals }) => totals.rows)).toEqual([26, 10]);
  const report = await job.verify();
  expect(report.differences).toEqual([]);
});

test('rows of a deleted topic are not discarded by a reset of the one that has its name now', async ({
  kafka,
  createJob,
}) => {
  const topic = await kafka.createTopic();
  await topic.send(...numbered(10, 1));
  const job = await createJob({ topics: [topic.name], source: { failOnDataLoss: false } });
  await job.start();
  await job.untilCaughtUp();
  await topic.recreate();
  await topic.send(...numbered(5, 1));
  await job.until(({ lanes }) => lanes[0]?.totals.rows === 15);

  await expect(job.jobs.reset(job.name, { to: 'earliest', rows: 'discard' })).rejects.toMatchObject({
    code: 'RESET_INVALID',
    message: expect.stringContaining('Kafka no longer has them') as string,
  });
  expect((await job.jobs.progress(job.name)).lanes[0]?.state).toBe('running');
});
