import { expect } from 'vitest';
import { test } from '../../support/job-fixture.ts';
import { numbered } from '../../support/messages.ts';

test('a job that ends by itself does not wait for a lane that a defect has stopped', async ({ kafka, createJob }) => {
  const [good, bad] = [await kafka.createTopic(), await kafka.createTopic()];
  await good.send(...numbered(10, 1));
  const job = await createJob({
    topics: [good.name, bad.name],
    source: { startingOffsets: { [good.name]: { 0: 0 }, [bad.name]: { 0: 5000 } } },
    document: { trigger: 'availableNow' },
  });
  await job.start();

  expect(await job.jobs.result(job.name)).toMatchObject({
    lanes: [
      { state: 'completed', totals: { rows: 10 } },
      { state: 'failed', error: { code: 'OFFSETS_LOST' } },
    ],
  });
});
