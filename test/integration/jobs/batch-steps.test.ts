import { readFile, rm, stat } from 'node:fs/promises';
import { defaultPayloadConverter } from '@temporalio/common';
import { expect } from 'vitest';
import type { BatchManifest } from '../../../src/model/batch/batch-manifest.ts';
import { engineProcesses } from '../../support/child-processes.ts';
import { test } from '../../support/own-worker.ts';
import { numbered } from '../../support/messages.ts';

test('offsets that retention takes while a batch is staged are given up where the job accepts that', async ({
  kafka,
  worker,
  createJob,
}) => {
  const topic = await kafka.createTopic();
  await topic.send(...numbered(10, 1));
  const job = await createJob({ topics: [topic.name], source: { failOnDataLoss: false } });
  await job.start();
  await job.untilCaughtUp();
  const engines = await engineProcesses(worker);
  for (const engine of engines) process.kill(engine, 'SIGSTOP');
  await topic.send(...numbered(10, 1, 10));
  await job.untilWorkingOn('transformRange', `${job.name}/${topic.name}/1`);
  await topic.deleteRecordsBefore(0, 15);
  for (const engine of engines) process.kill(engine, 'SIGCONT');
  await job.untilCaughtUp();

  const { lanes } = await job.jobs.progress(job.name);
  expect(lanes).toMatchObject([{ state: 'running', totals: { rows: 15, drops: { lostToRetention: 5 } } }]);
});

test('a mirror of the offsets that cannot be written holds no batch up', async ({
  kafka,
  worker: _worker,
  createJob,
}) => {
  const topic = await kafka.createTopic();
  const job = await createJob({ topics: [topic.name], document: { checkpointPath: '/dev/null/mirror' } });
  await job.start();
  for (const round of [0, 1]) {
    await topic.send(...numbered(10, 1, round * 10));
    await job.untilCaughtUp();
  }

  expect(await job.jobs.stop(job.name)).toMatchObject({ lanes: [{ state: 'completed', totals: { batches: 2 } }] });
  await job.expectVerified(20);
});

test('a table that was dropped behind the mirror of its offsets is not filled once more', async ({
  kafka,
  lakeFolder,
  worker: _worker,
  createJob,
}) => {
  const topic = await kafka.createTopic();
  await topic.send(...numbered(10, 1));
  const job = await createJob({ topics: [topic.name], document: { checkpointPath: `${lakeFolder}/checkpoints` } });
  await job.start();
  await job.untilCaughtUp();
  await job.jobs.stop(job.name);
  await rm(job.tableOf(topic.name), { recursive: true });
  await job.start();

  await expect(job.jobs.result(job.name)).rejects.toMatchObject({
    code: 'OFFSETS_DISAGREE',
    message: expect.stringContaining(`holds {"0":10} of ${topic.name}; there is no table`) as string,
  });
});

test('a manifest lists the files of each batch', async ({ kafka, lakeFolder, worker: _worker, createJob }) => {
  const topic = await kafka.createTopic({ partitions: 2 });
  const table = { path: `${lakeFolder}/bronze_{topic}`, partitionBy: ['_ingestion_date'], manifests: 'json' };
  const job = await createJob({ topics: [topic.name], document: { table } });
  await job.start();
  for (const round of [0, 1]) {
    await topic.send(...numbered(10, 2, round * 10));
    await job.untilCaughtUp();
  }
  await job.jobs.stop(job.name);

  const root = job.tableOf(topic.name);
  for (const batch of [0, 1]) {
    const path = `${root}/_manifests/${topic.name}/${String(batch).padStart(20, '0')}.json`;
    const manifest = JSON.parse(await readFile(path, 'utf8')) as BatchManifest;
    expect(manifest).toMatchObject({ batch, version: batch + 1, offsets: [{ partition: 0 }, { partition: 1 }] });
    expect(manifest.files.reduce((rows, { recordCount }) => rows + recordCount, 0)).toBe(10);
    for (const file of manifest.files) expect((await stat(file.path)).size).toBe(file.sizeBytes);
  }
});

test('each share of a batch is told its own ranges alone', async ({ kafka, worker: _worker, createJob }) => {
  const topic = await kafka.createTopic({ partitions: 3 });
  await topic.send(...numbered(9, 3));
  const job = await createJob({ topics: [topic.name] });
  await job.start();
  await job.untilCaughtUp();

  const { events } = await job.client.workflow.getHandle(`${job.name}/${topic.name}/0`).fetchHistory();
  const scheduled = events?.flatMap(({ activityTaskScheduledEventAttributes: activity }) =>
    activity?.activityType?.name === 'transformRange' ? [activity] : [],
  );
  const input: unknown = defaultPayloadConverter.fromPayload(scheduled![0]!.input!.payloads![0]!);
  const { plan } = input as { readonly plan: object };
  expect(Object.keys(plan)).toEqual(['job', 'topic', 'batch', 'epoch', 'plannedAtMs']);
});
