import { rm, writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { history } from '../../../src/delta/log/history.ts';
import { Connections, type TableHandle } from '../../../src/ingest/connections.ts';
import { openLane } from '../../../src/ingest/lane/open-lane.ts';
import { readParquetRows } from '../../../src/lake/table/table-log.ts';
import type { LaneOpenedNote } from '../../../src/model/table/commit-note.ts';
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

test('a lane that an attempt of its own run has taken over meanwhile goes on by itself', async ({
  kafka,
  createJob,
}) => {
  const topic = await kafka.createTopic();
  const job = await createJob({ topics: [topic.name] });
  await topic.send(...numbered(10, 1));
  await job.start();
  await job.untilCaughtUp();

  // No list of staged files can be written, so the batch is planned and not committed.
  const staged = `${job.tableOf(topic.name)}/_staged`;
  await rm(staged, { recursive: true, force: true });
  await writeFile(staged, '');
  await topic.send(...numbered(10, 1, 10));
  await job.untilWorkingOn('transformRange', `${job.name}/${topic.name}/1`);
  // As an attempt of its first opening would do it that was believed dead.
  const connections = new Connections({ env: {}, readParquetRows });
  const { signal } = new AbortController();
  const context = { connections, spec: job.spec, signal, discardInFiles: () => Promise.resolve([]) };
  const opener = await openerOf(connections.table(job.tableOf(topic.name)));
  expect(await openLane(context, { spec: job.spec, topic: topic.name, opener })).toMatchObject({ epoch: 2 });
  await connections.close();
  await rm(staged);

  await job.untilCaughtUp();
  await job.expectVerified(20);
});

async function openerOf({ store }: TableHandle): Promise<string> {
  for await (const { commitInfo } of history(store)) {
    const note = commitInfo?.kafkaBronze as Partial<LaneOpenedNote> | undefined;
    if (note?.kind === 'laneOpened' && note.opener !== undefined) return note.opener;
  }
  throw new Error('nobody has opened the lane');
}
