import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { jobCommits } from '../../../src/lake/job-commits.ts';
import type { JobDocument } from '../../../src/model/job-input.ts';
import { test } from '../../support/job-fixture.ts';
import { queryLake } from '../../support/query-lake.ts';
import { rawMetadata, type TestJob } from '../../support/test-job.ts';
import { untilTrue } from '../../support/until-true.ts';
import { startWorkerProcess } from '../../support/worker-process.ts';

const steps: JobDocument = {
  parse: { format: 'json', schema: { id: 'string', at: 'timestamp' } },
  metadata: rawMetadata,
  deduplicate: { key: 'id', window: '1 hour', time: 'at', keep: 'earliest', orderBy: 'at' },
};

/** Events with these numbers, in turn over the topic partitions. */
function events(numbers: readonly number[], partitions: number, minute = '00'): { partition: number; value: string }[] {
  return numbers.map((number, index) => ({
    partition: index % partitions,
    value: JSON.stringify({ id: `e${number}`, at: `2026-11-20T07:${minute}:00Z` }),
  }));
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

async function isPending(job: TestJob, workflowId: string, activity: string): Promise<boolean> {
  const { raw } = await job.client.workflow.getHandle(workflowId).describe();
  return raw.pendingActivities?.some(({ activityType }) => activityType?.name === activity) ?? false;
}

test('each key has one row, over topic partitions, batches, a killed worker and a replay, and verify finds every offset', async ({
  kafka,
  createJob,
  taskQueue,
}) => {
  const topic = await kafka.createTopic({ partitions: 3 });
  await topic.send(...events([...upTo(100), ...upTo(50)], 3), ...events(upTo(10), 3, '05'));
  const job = await createJob({ topics: [topic.name], document: { steps } });
  const first = await startWorkerProcess({ taskQueue });
  onTestFinished(() => first.kill());
  await job.start();
  await job.untilCaughtUp();
  const { lanes } = await job.jobs.progress(job.name);
  expect(lanes).toMatchObject([{ totals: { rows: 100, drops: { duplicate: 60 } } }]);

  // The next batch is transformed, and then its commit cannot go on: its dead letters have no place.
  const blocker = join(job.deadLettersOf(topic.name), '_delta_log');
  await mkdir(job.deadLettersOf(topic.name), { recursive: true });
  await writeFile(blocker, 'in the way');
  const batch = `${job.name}/${topic.name}/${String(lanes[0]?.totals.batches)}`;
  const broken = [0, 1, 2].map((partition) => ({ partition, value: '{' }));
  await topic.send(...broken, ...events([...upTo(120), ...upTo(120)], 3, '30'));
  await untilTrue(() => isPending(job, batch, 'routeDeadLetters'));
  await first.kill();
  await rm(blocker);
  const second = await startWorkerProcess({ taskQueue });
  onTestFinished(() => second.kill());
  await job.untilCaughtUp();
  await topic.send(...events([5, 500], 3, '45'), ...events([5], 3, '59'));
  await job.untilCaughtUp();

  const count = `SELECT count(*)::INTEGER AS "all", count(DISTINCT id)::INTEGER AS ids FROM t`;
  expect(await queryLake(job.tableOf(topic.name), count)).toEqual([{ all: 121, ids: 121 }]);
  await job.expectVerified(406);

  const commits = (await jobCommits(job.spec, 20)).filter(({ note }) => note.kind === 'batch');
  const sum = (name: string): number => commits.reduce((total, { metrics }) => total + Number(metrics[name]), 0);
  expect(sum('numOutputRows') + sum('numDuplicatesInBatch') + sum('numDuplicatesInTable')).toBe(403);
  expect(sum('numDuplicatesInTable')).toBeGreaterThanOrEqual(102);
  const details = await job.client.workflow
    .getHandle(batch)
    .query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  expect(details.currentDetails).toMatch(/dropped [\d,]+ duplicate \([\d,]+ in the batch, [\d,]+ in the table\)/);

  await job.jobs.reset(job.name, { to: 'earliest', rows: 'keep' });
  await job.untilCaughtUp();
  expect(await queryLake(job.tableOf(topic.name), count)).toEqual([{ all: 121, ids: 121 }]);
  expect((await job.verify()).differences).toEqual([]);
});
