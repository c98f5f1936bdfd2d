import { expect, test } from 'vitest';
import { loadJob } from '../../../src/spec/load-job.ts';
import { packagedJobsFolder } from '../../../src/worker-settings.ts';

test.each([
  ['rideshare-high-volume', 's3://rideshare-bronze/dlq_{topic}'],
  ['rideshare-low-volume', 's3://rideshare-bronze/dlq'],
])('%s has a place in S3 for each of its tables', (job, deadLetters) => {
  const load = (env: NodeJS.ProcessEnv): ReturnType<typeof loadJob> =>
    loadJob({ job, environment: 's3' }, { jobsFolder: packagedJobsFolder, env });
  expect(load({})).toMatchObject({
    table: { path: 's3://rideshare-bronze/bronze_{topic}' },
    deadLetter: { path: deadLetters },
    checkpointPath: 's3://rideshare-checkpoints',
  });
  expect(load({ CHECKPOINT_BASE_PATH: 's3a://elsewhere/checkpoints' })).toMatchObject({
    checkpointPath: 's3://elsewhere/checkpoints',
  });
});

test('dev-topic is in S3 by its environment, and by the variable of the mission', () => {
  const load = (input: Parameters<typeof loadJob>[0], env: NodeJS.ProcessEnv): unknown =>
    loadJob(input, { jobsFolder: packagedJobsFolder, env });
  const inS3 = {
    table: { path: 's3://my-bucket/delta-lake/dev_topic' },
    deadLetter: { path: 's3://my-bucket/delta-lake/dev_topic_dlq' },
  };
  expect(load({ job: 'dev-topic', environment: 's3' }, {})).toMatchObject(inS3);
  expect(load('dev-topic', { DELTA_LAKE_PATH: 's3a://my-bucket/delta-lake' })).toMatchObject(inS3);
});
