import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { BronzeError } from '../../../src/errors.ts';
import type { JobDocument } from '../../../src/model/job/job-input.ts';
import { cacheFolder } from '../../../src/stack/cache-folder.ts';
import { runCommand, type CommandOutcome } from '../../../src/stack/run-command.ts';
import { findTemporalProgram } from '../../../src/stack/temporal-program.ts';
import { test as base } from '../../support/own-worker.ts';
import { numbered } from '../../support/messages.ts';
import { temporalAddress } from '../../support/servers.ts';
import { rawMetadata } from '../../support/test-job.ts';

/** With a worker whose jobs folder is the file's own. */
const jobTest = base.extend<{ readonly jobsFolder: string }>({
  jobsFolder: [
    async ({}, use) => {
      const folder = await mkdtemp(join(tmpdir(), 'kafka-bronze-jobs-'));
      await use(folder);
      await rm(folder, { recursive: true, force: true });
    },
    { scope: 'file' },
  ],
});

/** Undefined on a machine that has the servers in containers, and neither the CLI nor what builds it. */
const program = await findTemporalProgram({ env: process.env, cache: cacheFolder(), log: () => undefined })
  .then(({ path }) => path)
  .catch((error: unknown) => {
    if (error instanceof BronzeError && error.code === 'PREREQUISITE_MISSING') return undefined;
    throw error;
  });
const test = jobTest.skipIf(program === undefined);

/** Runs `temporal`. The words are split at spaces outside of single quotes, as a shell does. */
async function temporal(commandLine: string): Promise<CommandOutcome> {
  const words = [...commandLine.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  return runCommand(program ?? '', words, { env: { TEMPORAL_ADDRESS: temporalAddress() } });
}

async function succeed(commandLine: string): Promise<string> {
  const { exitCode, output } = await temporal(commandLine);
  expect(exitCode, output).toBe(0);
  return output;
}

/** Writes a raw job to the folder of the worker; JSON is YAML. */
async function writeJob(folder: string, document: JobDocument): Promise<string> {
  const name = `job-${randomUUID().slice(0, 8)}`;
  const steps = { parse: { format: 'raw' }, metadata: rawMetadata };
  await writeFile(join(folder, `${name}.yaml`), JSON.stringify({ name, trigger: '100 ms', steps, ...document }));
  return name;
}

test('a job is started, looked at, paused, resumed, reset and stopped with the Temporal CLI', async ({
  kafka,
  worker: _worker,
  createJob,
  jobsFolder,
  lakeFolder,
  taskQueue,
}) => {
  const topic = await kafka.createTopic({ partitions: 2 });
  await topic.send(...numbered(100, 2));
  const name = await writeJob(jobsFolder, {
    source: { bootstrapServers: kafka.bootstrapServers.join(','), topics: [topic.name] },
    table: { path: `${lakeFolder}/bronze_{topic}`, partitionBy: ['_ingestion_date'] },
    deadLetter: { path: `${lakeFolder}/dlq_{topic}` },
  });
  const job = await createJob({ job: name, topics: [topic.name] });
  const id = job.name;

  await succeed(`workflow start --task-queue ${taskQueue} --type ingestionJob --workflow-id ${id} --input '"${name}"'`);
  await job.untilCaughtUp();

  await succeed(`workflow signal --workflow-id ${id} --name pause`);
  await job.until(({ state, lanes }) => state === 'paused' && lanes[0]?.state === 'paused');
  await topic.send(...numbered(20, 2, 100));
  expect(await succeed(`workflow query --workflow-id ${id} --type progress`)).toContain('"rows":100');

  await succeed(`workflow signal --workflow-id ${id} --name resume`);
  await job.untilCaughtUp();
  await job.expectVerified(120);

  await succeed(
    `workflow signal --workflow-id ${id} --name resetCheckpoint --input '{"to":"earliest","rows":"discard"}'`,
  );
  await job.until(({ lanes }) => lanes[0]?.totals.rows === 240);
  await job.expectVerified(120);

  await succeed(`workflow signal --workflow-id ${id} --name gracefulStop`);
  const result = await succeed(`workflow result --workflow-id ${id}`);
  expect(result).toContain('COMPLETED');
  expect(result).toContain('"state":"completed"');
});

test('the same orders as updates answer with the progress, and a bad one with the reason', async ({
  kafka,
  worker: _worker,
  createJob,
  jobsFolder,
  lakeFolder,
  taskQueue,
}) => {
  const topic = await kafka.createTopic();
  await topic.send(...numbered(10, 1));
  const name = await writeJob(jobsFolder, {
    source: { bootstrapServers: kafka.bootstrapServers.join(','), topics: [topic.name] },
    table: { path: `${lakeFolder}/bronze_{topic}` },
    deadLetter: { path: `${lakeFolder}/dlq_{topic}` },
  });
  const job = await createJob({ job: name, topics: [topic.name] });
  const id = job.name;
  await succeed(
    `workflow start --task-queue ${taskQueue} --type ingestionJob --workflow-id ${id} --input '{"job":"${name}"}'`,
  );
  await job.untilCaughtUp();

  const update = `workflow update execute --output json --workflow-id ${id} --name`;
  expect(await succeed(`${update} pause`)).toMatch(/"state": "paused"/);
  expect(await succeed(`${update} resume`)).toMatch(/"state": "running"/);
  const refused = await temporal(`${update} resetCheckpoint --input '{"to":"yesterday","rows":"discard"}'`);
  expect(refused.exitCode).not.toBe(0);
  expect(refused.output).toContain('expected to: earliest, latest');
  expect(await succeed(`${update} gracefulStop`)).toMatch(/"rows": 10\b/);
});

test('a name that no job has fails the workflow, and the message says which there are', async ({
  worker: _worker,
  jobsFolder,
  taskQueue,
}) => {
  const name = await writeJob(jobsFolder, {});
  const id = `job-${randomUUID()}`;
  await succeed(
    `workflow start --task-queue ${taskQueue} --type ingestionJob --workflow-id ${id} --input '"no-such-job"'`,
  );
  const { exitCode, output } = await temporal(`workflow result --workflow-id ${id} --output json`);
  expect(exitCode).not.toBe(0);
  expect(output).toMatch(/"failure": \{\s*"message": "there is no job[^}]*"type": "SPEC_NOT_FOUND"/);
  expect(output).toContain('there is no job \\"no-such-job\\"');
  expect(output).toContain(name);
});

test('a job that is not valid fails the workflow, with each path, value and what was expected', async ({
  worker: _worker,
  jobsFolder,
  taskQueue,
}) => {
  const name = await writeJob(jobsFolder, {
    source: { bootstrapServers: 'localhost:9092', topics: [] },
    trigger: '10 parsecs',
  });
  const id = `job-${randomUUID()}`;
  await succeed(`workflow start --task-queue ${taskQueue} --type ingestionJob --workflow-id ${id} --input '"${name}"'`);
  const { exitCode, output } = await temporal(`workflow result --workflow-id ${id} --output json`);
  expect(exitCode).not.toBe(0);
  expect(output).toMatch(/"failure": \{\s*"message": "[^}]* has 2 problems:[^}]*"type": "SPEC_INVALID"/);
  expect(output).toContain('trigger: \\"10 parsecs\\"; expected availableNow, or a duration');
  expect(output).toContain('source.topics: []; expected names of topics');
});
