import { expect } from 'vitest';
import { JobClient } from '../../../src/temporal/job-client.ts';
import { runBronze } from '../../support/bronze-process.ts';
import { test } from '../../support/job-fixture.ts';

test('status says what a job waits for', async ({ createJob }) => {
  const job = await createJob({ topics: [`absent-${String(process.pid)}`] });
  await job.start();
  await expect.poll(async () => (await job.jobs.status(job.name)).retrying.length).toBe(1);

  const { code, stdout } = await runBronze(['status', job.name]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/waits: \[TOPIC_NOT_FOUND\] no topic named absent-\d+ on .*\(discoverTopics, attempt \d+\)/);
  await expect.poll(() => job.jobs.running()).toContain(job.name);
});

test('a job that no worker answers for is said to be one', async ({ createJob }) => {
  const job = await createJob({ topics: ['any'] });
  await job.jobs.start(job.input, { workflowId: job.name, taskQueue: `nobody-${job.name}` });
  const impatient = new JobClient(job.client, { queryTimeoutMs: 1000 });
  expect(await impatient.hasWorker(`nobody-${job.name}`)).toBe(false);

  await expect(impatient.pause(job.name)).rejects.toMatchObject({ code: 'WORKER_UNAVAILABLE' });
  await job.handle.terminate();
});
