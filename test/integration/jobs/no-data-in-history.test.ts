import { expect } from 'vitest';
import { test } from '../../support/job-fixture.ts';

const secret = 'correct-horse-battery-staple';

test('no value and no key is in the histories of the job and its batches, or in the log of the worker', async ({
  kafka,
  worker,
  createJob,
  lakeFolder,
}) => {
  const topic = await kafka.createTopic();
  const parse = { format: 'json', schema: { id: 'bigint not null', name: 'string' } };
  const job = await createJob({
    topics: [topic.name],
    document: {
      table: { path: `${lakeFolder}/bronze_{topic}` },
      steps: { parse, metadata: { offset: 'offset', partition: 'partition' } },
    },
  });
  await topic.send(
    { key: secret, value: `{"id":1,"name":"${secret}"}` },
    { key: secret, value: `{"id":"${secret}"}` },
    { key: secret, value: secret },
  );
  await job.start();
  await job.untilCaughtUp();
  await job.jobs.stop(job.name);

  for (const workflowId of [job.name, `${job.name}/${topic.name}/0`]) {
    const history = await job.client.workflow.getHandle(workflowId).fetchHistory();
    const payloads = JSON.stringify(history, (_key, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString() : value,
    );
    expect(payloads.length).toBeGreaterThan(1000);
    expect(payloads).not.toContain(secret);
  }
  expect(worker.output()).not.toContain(secret);
});
