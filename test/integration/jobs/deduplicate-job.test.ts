import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { removeOf, type AddAction } from '../../../src/delta/actions.ts';
import { activeFiles } from '../../../src/delta/log/active-files.ts';
import { loadTableState } from '../../../src/delta/load-table-state.ts';
import { jobCommits } from '../../../src/lake/notes/job-commits.ts';
import type { JobDocument } from '../../../src/model/job/job-input.ts';
import { openObjectStore } from '../../../src/storage/open-object-store.ts';
import { engineProcesses } from '../../support/child-processes.ts';
import { commitActions } from '../../support/delta-table.ts';
import { test } from '../../support/own-worker.ts';
import { queryLake } from '../../support/query-lake.ts';
import { rawMetadata } from '../../support/test-job.ts';
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
  await job.untilWorkingOn('routeDeadLetters', batch);
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

test('a batch is planned anew when the files that it was to look at were compacted and cleaned up meanwhile', async ({
  kafka,
  worker,
  createJob,
}) => {
  const topic = await kafka.createTopic();
  await topic.send(...events(upTo(10), 1));
  const job = await createJob({ topics: [topic.name], document: { steps } });
  await job.start();
  const { lanes } = await job.untilCaughtUp();
  const engines = await engineProcesses(worker);
  for (const engine of engines) process.kill(engine, 'SIGSTOP');
  await topic.send(...events(upTo(15), 1, '30'));
  const batch = `${job.name}/${topic.name}/${String(lanes[0]?.totals.batches)}`;
  await job.untilWorkingOn('transformRange', batch);
  const handle = job.client.workflow.getHandle(batch);
  const { runId: planned } = await handle.describe();
  await replaceDataFiles(job.tableOf(topic.name));
  for (const engine of engines) process.kill(engine, 'SIGCONT');
  await job.untilCaughtUp();

  const progress = await job.jobs.progress(job.name);
  expect(progress.lanes).toMatchObject([{ state: 'running', totals: { rows: 15, drops: { duplicate: 10 } } }]);
  expect((await handle.describe()).runId).not.toBe(planned);
  await job.expectVerified(25);
});

/** Puts a copy in the place of each file, in one commit, and removes the files, as a compaction and a VACUUM do. */
async function replaceDataFiles(root: string): Promise<void> {
  const store = openObjectStore(root);
  const state = await loadTableState(store);
  if (!state) throw new Error(`no table at ${root}`);
  const adds: AddAction[] = [];
  for await (const add of activeFiles(store, state)) adds.push(add);
  for (const { path } of adds) await copyFile(join(root, path), join(root, `copy-${basename(path)}`));
  await commitActions(
    store,
    state,
    adds.flatMap((add) => [
      { remove: { ...removeOf(add, Date.now()), dataChange: false } },
      { add: { ...add, path: `copy-${basename(add.path)}`, dataChange: false } },
    ]),
  );
  for (const { path } of adds) await rm(join(root, path));
}
