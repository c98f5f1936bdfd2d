import { historyToJSON, type History } from '@temporalio/common/lib/proto-utils.js';
import { expect } from 'vitest';
import { test } from '../../support/own-worker.ts';

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
      table: { path: `${lakeFolder}/bronze_{topic}`, partitionBy: ['name'] },
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
    const payloads = readable(history);
    expect(payloads.includes(lakeFolder), 'payloads can be read').toBe(true);
    expect(payloads.includes(secret)).toBe(false);
  }
  expect(worker.output()).not.toContain(secret);
});

/** As JSON, and what is inside of its payloads, which is base64 there. */
function readable(history: History): string {
  const json = historyToJSON(history);
  const payloads = [...json.matchAll(/"data":\s*"([^"]+)"/g)].map(([, data]) => Buffer.from(data ?? '', 'base64'));
  return [json, ...payloads.map(String)].join('\n');
}
