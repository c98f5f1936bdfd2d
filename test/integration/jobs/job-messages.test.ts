import { expect } from 'vitest';
import { numbered } from '../../support/messages.ts';
import { test } from '../../support/job-fixture.ts';

test('a paused job takes nothing until it is resumed', async ({ kafka, createJob }) => {
  const topic = await kafka.createTopic();
  const job = await createJob({ topics: [topic.name] });
  await job.start();
  await job.until(({ lanes }) => lanes[0]?.state === 'running');
  const paused = await job.jobs.pause(job.name);
  await topic.send(...numbered(10, 1));

  expect(paused).toMatchObject({ state: 'paused', lanes: [{ state: 'paused' }] });
  expect((await job.jobs.progress(job.name)).lanes[0]?.totals.rows).toBe(0);

  const resumed = await job.jobs.resume(job.name);
  expect(resumed).toMatchObject({ state: 'running', lanes: [{ state: 'running' }] });
  await job.untilCaughtUp();
  await job.expectVerified(10);
});

test('the gracefulStop signal ends the job with a summary', async ({ kafka, createJob }) => {
  const topic = await kafka.createTopic();
  await topic.send(...numbered(10, 1));
  const job = await createJob({ topics: [topic.name] });
  await job.start();
  await job.untilCaughtUp();
  await job.handle.signal('gracefulStop');

  expect(await job.jobs.result(job.name)).toMatchObject({ state: 'completed', lanes: [{ totals: { rows: 10 } }] });
});

test('a reset with rows discarded replays without duplicates, dead letters included', async ({ kafka, createJob }) => {
  const topic = await kafka.createTopic({ partitions: 2 });
  await topic.send(...numbered(400, 2), { value: Buffer.from([0xff, 0xfe]) }, { value: null });
  const job = await createJob({ topics: [topic.name] });
  await job.start();
  await job.untilCaughtUp();
  await job.expectVerified(402);

  await job.jobs.reset(job.name, { to: 'earliest', rows: 'discard' });
  await job.untilCaughtUp();
  await job.expectVerified(402);

  const offsets = { [topic.name]: { 0: 100, 1: 'latest' } };
  await job.jobs.reset(job.name, { to: offsets, rows: 'discard' });
  await job.untilCaughtUp();
  const report = await job.expectVerified(402);
  expect(report.topics[0]?.partitions.map(({ rows, deadLetters }) => rows + deadLetters)).toEqual([202, 200]);
});

test('a reset with rows kept doubles what it replays, and verify says in which range', async ({ kafka, createJob }) => {
  const topic = await kafka.createTopic();
  await topic.send(...numbered(100, 1));
  const job = await createJob({ topics: [topic.name] });
  await job.start();
  await job.untilCaughtUp();
  await job.jobs.reset(job.name, { to: { [topic.name]: { 0: 60 } }, rows: 'keep' });
  await job.untilCaughtUp();
  const report = await job.verify();

  expect(report.differences).toEqual([]);
  expect(report.topics[0]?.partitions[0]?.rows).toBe(140);
});

test('a reset that cannot be read is refused as an update, and reported as a signal', async ({ kafka, createJob }) => {
  const topic = await kafka.createTopic();
  const job = await createJob({ topics: [topic.name] });
  await job.start();
  await job.until(({ lanes }) => lanes[0]?.state === 'running');

  await expect(job.jobs.reset(job.name, { to: 'yesterday', rows: 'discard' })).rejects.toMatchObject({
    code: 'RESET_INVALID',
    message: expect.stringContaining('to: earliest, latest') as string,
  });
  await job.handle.signal('resetCheckpoint', { to: 'earliest' });
  const { warning, lanes } = await job.until((progress) => progress.warning !== undefined);
  expect(warning).toContain('rows: "keep" or "discard"');
  expect(lanes[0]?.state).toBe('running');
});
