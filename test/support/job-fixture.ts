import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base } from 'vitest';
import { packagedJobsFolder } from '../../src/worker-settings.ts';
import { TestKafka } from './kafka.ts';
import { sharedTaskQueue } from './servers.ts';
import { TestJob, type TestJobOptions } from './test-job.ts';

export interface JobFixture {
  /** Closed, with its topics deleted, at the end of the file. */
  readonly kafka: TestKafka;
  /** An empty lake of the test's own. */
  readonly lakeFolder: string;
  /** Of the worker that the tests of a run share. */
  readonly taskQueue: string;
  /** Where the worker looks for jobs by name: the shipped ones, unless a file has a folder of its own. */
  readonly jobsFolder: string;
  readonly createJob: (options: Partial<TestJobOptions> & Pick<TestJobOptions, 'topics'>) => Promise<TestJob>;
}

/** Tests of whole jobs. All share a worker, which they must leave alone; each owns its topics and its lake. */
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
      await use(sharedTaskQueue());
    },
    { scope: 'file' },
  ],
  jobsFolder: [
    async ({}, use) => {
      await use(packagedJobsFolder);
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
