import { describe, expect } from 'vitest';
import { loadTableState } from '../../../src/delta/load-table-state.ts';
import { jobCommits } from '../../../src/lake/notes/job-commits.ts';
import { parseAppId } from '../../../src/model/table/app-id.ts';
import { openObjectStore } from '../../../src/storage/open-object-store.ts';
import { commitActions } from '../../support/delta-table.ts';
import { numbered } from '../../support/messages.ts';
import { test } from '../../support/job-fixture.ts';
import { queryLake } from '../../support/query-lake.ts';
import type { TestJob } from '../../support/test-job.ts';

// At the same time: a log that is too short is waited for, which takes long.
test.concurrent(
  'offsets that retention took stop the job, and the message names them',
  async ({ kafka, createJob }) => {
    const topic = await kafka.createTopic();
    await topic.send(...numbered(100, 1));
    const job = await createJob({ topics: [topic.name] });
    await job.start();
    await job.untilCaughtUp();
    await job.jobs.stop(job.name);
    await topic.send(...numbered(100, 1, 100));
    await topic.deleteRecordsBefore(0, 150);
    await job.start();

    await expect(job.jobs.result(job.name)).rejects.toMatchObject({
      code: 'OFFSETS_LOST',
      message: expect.stringContaining('offsets [100, 150) are gone') as string,
    });
  },
);

test.concurrent('an accepted loss is counted in the commit, and verify knows of it', async ({ kafka, createJob }) => {
  const topic = await kafka.createTopic();
  await topic.send(...numbered(100, 1));
  const job = await createJob({ topics: [topic.name], source: { failOnDataLoss: false } });
  await job.start();
  await job.untilCaughtUp();
  await job.jobs.pause(job.name);
  await topic.send(...numbered(100, 1, 100));
  await topic.deleteRecordsBefore(0, 150);
  await job.jobs.resume(job.name);
  await job.untilCaughtUp();
  const { lanes } = await job.jobs.stop(job.name);

  expect(lanes[0]?.totals).toMatchObject({ rows: 150, drops: { lostToRetention: 50 } });
  const report = await job.verify();
  expect(report.differences).toEqual([]);
});

test.concurrent('a recreated topic stops the job; a reset starts on the new one', async ({ kafka, createJob }) => {
  const [topic, other] = [await kafka.createTopic(), await kafka.createTopic()];
  await topic.send(...numbered(50, 1));
  const job = await createJob({ topics: [topic.name, other.name] });
  await job.start();
  await job.untilCaughtUp();
  await topic.recreate();
  await topic.send(...numbered(20, 1));
  const stopped = await job.until(({ lanes }) => lanes[0]?.state === 'failed');
  expect(stopped.lanes[0]?.error?.code).toBe('TOPIC_RECREATED');
  expect(stopped.lanes[1]?.state).toBe('running');

  await job.jobs.reset(job.name, { to: 'earliest', rows: 'keep', topics: [topic.name] });
  await job.untilCaughtUp();
  expect((await job.jobs.progress(job.name)).lanes[0]?.totals.rows).toBe(70);
});

test.concurrent(
  'partitions that are added while the job runs are read from their beginning',
  async ({ kafka, createJob }) => {
    const topic = await kafka.createTopic();
    await topic.send(...numbered(10, 1));
    const job = await createJob({ topics: [topic.name], source: { startingOffsets: 'latest' } });
    await job.start();
    await job.until(({ lanes }) => lanes[0]?.state === 'running' && lanes[0].positions.length === 1);
    await topic.growTo(3);
    await topic.send(...numbered(30, 3));
    await job.until(({ lanes }) => lanes[0]?.positions.length === 3);
    await job.untilCaughtUp();
    await job.expectVerified(30);
  },
);

/** Makes the table hold offset 150 where Kafka has 100: what a cut-off log looks like from here. */
async function holdMore(job: TestJob, topic: string): Promise<void> {
  const store = openObjectStore(job.tableOf(topic));
  const state = await loadTableState(store);
  const appIds = [...(state?.txns.keys() ?? [])].filter((appId) => parseAppId(appId) !== undefined);
  await commitActions(
    store,
    state,
    appIds.map((appId) => ({ txn: { appId, version: '150' } })),
  );
}

describe.concurrent('a log that ends before the offsets of the table, as after an unclean leader election', () => {
  test('stops the job, with both positions', async ({ kafka, createJob }) => {
    const topic = await kafka.createTopic();
    await topic.send(...numbered(100, 1));
    const job = await createJob({ topics: [topic.name] });
    await job.start();
    await job.untilCaughtUp();
    await job.jobs.stop(job.name);
    await holdMore(job, topic.name);
    await job.start();

    await expect(job.jobs.result(job.name)).rejects.toMatchObject({
      code: 'OFFSETS_LOST',
      message: expect.stringContaining("the table holds offset 150, and Kafka's log ends at 100") as string,
    });
  });

  test('goes on at its end where the loss is accepted', async ({ kafka, createJob }) => {
    const topic = await kafka.createTopic();
    await topic.send(...numbered(100, 1));
    const job = await createJob({ topics: [topic.name], source: { failOnDataLoss: false } });
    await job.start();
    await job.untilCaughtUp();
    await job.jobs.stop(job.name);
    await holdMore(job, topic.name);
    await job.start();
    await job.until(({ lanes }) => lanes[0]?.positions[0]?.offset === '100');
    await topic.send(...numbered(70, 1, 100));
    await job.untilCaughtUp();

    const rows = await queryLake(job.tableOf(topic.name), 'SELECT _kafka_offset FROM t');
    expect(rows).toHaveLength(170);
    const notes = (await jobCommits(job.spec, 10)).map(({ note }) => note);
    expect(notes.find(({ kind }) => kind === 'reset')).toMatchObject({
      cause: 'logEndsBefore',
      rows: 'keep',
      moves: [{ partition: 0, from: '150', to: '100' }],
    });
  });
});
