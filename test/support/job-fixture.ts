import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base } from 'vitest';
import { packagedJobsFolder } from '../../src/worker-settings.ts';
import { TestKafka } from './kafka.ts';
import { TestJob, type TestJobOptions } from './test-job.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

export interface JobFixture {
  /** Closed, with its topics deleted, at the end of the file. */
  readonly kafka: TestKafka;
  /** An empty lake of the test's own. */
  readonly lakeFolder: string;
  readonly taskQueue: string;
  /** Where the worker looks for jobs by name: the shipped ones, unless a file has a folder of its own. */
  readonly jobsFolder: string;
  /** A worker process on the file's task queue. */
  readonly worker: WorkerProcess;
  readonly createJob: (options: Partial<TestJobOptions> & Pick<TestJobOptions, 'topics'>) => Promise<TestJob>;
}

/** Tests of whole jobs. The tests of a file share a worker on a task queue of their own; each owns its topics and its lake. */
export const test = base.extend<JobFixture>({
  kafka: [
    async ({}, use) => {
      const kafka = await TestKafka.open();
      await use(kafka);
      await kafka.close();
    },
    { scope: 'file' },
  ],
  lakeFolder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'kafka-bronze-lake-'));
    await use(folder);
    await rm(folder, { recursive: true, force: true });
  },
  taskQueue: [
    async ({}, use) => {
      await use(`queue-${randomUUID()}`);
    },
    { scope: 'file' },
  ],
  jobsFolder: [
    async ({}, use) => {
      await use(packagedJobsFolder);
    },
    { scope: 'file' },
  ],
  worker: [
    async ({ taskQueue, jobsFolder }, use) => {
      const worker = await startWorkerProcess({ taskQueue, jobsFolder });
      await use(worker);
      await worker.kill();
    },
    { scope: 'file' },
  ],
  createJob: async ({ kafka, lakeFolder, taskQueue, jobsFolder }, use) => {
    const jobs: TestJob[] = [];
    await use(async (options) => {
      const job = await TestJob.create({ kafka, lakeFolder, taskQueue, jobsFolder, ...options });
      jobs.push(job);
      return job;
    });
    await Promise.all(jobs.map((job) => job.close()));
  },
});
