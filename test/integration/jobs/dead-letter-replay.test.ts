import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { expect } from 'vitest';
import type { deadLetterReplay } from '../../../workflows/dead-letter-replay.ts';
import type { JobDocument } from '../../../src/model/job/job-input.ts';
import { findDeadLetters, readDeadLetters } from '../../../src/lake/dead-letters.ts';
import type { ReplayReport } from '../../../src/model/requests/replay-requests.ts';
import { test } from '../../support/job-fixture.ts';
import { queryLake } from '../../support/query-lake.ts';
import { rawMetadata, type TestJob } from '../../support/test-job.ts';

async function startReplay(job: TestJob, choice: object = {}): Promise<WorkflowHandle<typeof deadLetterReplay>> {
  return job.client.workflow.start('deadLetterReplay', {
    workflowId: `replay-${randomUUID()}`,
    taskQueue: job.taskQueue,
    args: [{ job: job.input, ...choice }],
  });
}

async function replay(job: TestJob, choice: object = {}): Promise<ReplayReport> {
  return (await startReplay(job, choice)).result();
}

test('records that a too narrow job refused are rows, once, after it was mended and they were replayed', async ({
  kafka,
  lakeFolder,
  createJob,
}) => {
  const topics = [await kafka.createTopic({ partitions: 2 }), await kafka.createTopic()];
  const [first, second] = topics;
  const document = (type: string): JobDocument => ({
    steps: { parse: { format: 'json', schema: { id: type } }, metadata: rawMetadata },
    table: { path: `${lakeFolder}/bronze_{topic}`, properties: { 'delta.enableTypeWidening': 'true' } },
    deadLetter: { path: `${lakeFolder}/dlq` },
  });
  const names = topics.map(({ name }) => name);
  const narrow = await createJob({ topics: names, document: document('int') });
  await first?.send(
    { partition: 0, value: '{"id":1}' },
    { partition: 0, value: '{"id":1099511627776}', key: 'a', headers: { trace: 'b' } },
    { partition: 1, value: '{"id":1099511627777}' },
    { partition: 1, value: '{' },
  );
  await second?.send({ value: '{"id":1099511627778}' });
  await narrow.start();
  await narrow.untilCaughtUp();
  await narrow.jobs.stop(narrow.name);

  // Nothing would come of it yet.
  const unmended = await replay(narrow);
  expect(unmended.shares).toMatchObject([{ chosen: 4, sent: {}, kept: { CAST_FAILED: 3, INVALID_JSON: 1 } }]);

  const mended = await createJob({ topics: names, document: { name: narrow.name, ...document('bigint') } });
  await mended.start();
  const report = await replay(mended);
  expect(report).toEqual({
    job: narrow.name,
    shares: [
      {
        table: `${lakeFolder}/dlq`,
        ...{ chosen: 4, eligible: 4, left: {} },
        ...{ sent: { CAST_FAILED: 3 }, kept: { INVALID_JSON: 1 }, dropped: 0, beyondLimit: 0 },
      },
    ],
  });
  await mended.untilCaughtUp();
  const again = await replay(mended);
  expect(again.shares).toMatchObject([{ chosen: 4, left: { replayed: 3 }, sent: {}, kept: { INVALID_JSON: 1 } }]);
  await mended.untilCaughtUp();

  const ids = await Promise.all(names.map((name) => queryLake(mended.tableOf(name), 'SELECT id FROM t ORDER BY id')));
  expect(ids.flat().map(({ id }) => Number(id))).toEqual([1, 2 ** 40, 2 ** 40 + 1, 2 ** 40 + 2]);
  // Five of before, three that were sent again; the dead letters are still the places of their offsets.
  await mended.expectVerified(8);
  const letters = await readDeadLetters(await findDeadLetters('dlq', lakeFolder), { limit: 10 });
  expect(letters.filter(({ replayed_at: at }) => at !== null).map(({ error_code: code }) => code)).toEqual(
    Array.from({ length: 3 }, () => 'CAST_FAILED'),
  );
  await mended.jobs.stop(mended.name);
});

test('what cannot be replayed is said by its code, and nothing of the records is in the history', async ({
  kafka,
  createJob,
}) => {
  const topic = await kafka.createTopic();
  const job = await createJob({ topics: [topic.name] });
  const failure = async (choice: object): Promise<unknown> =>
    (await startReplay(job, choice)).result().catch((error: unknown) => error);
  expect(await failure({})).toMatchObject({ cause: { type: 'TABLE_NOT_FOUND' } });
  expect(await failure({ job: 'no-such-job' })).toMatchObject({ cause: { type: 'SPEC_NOT_FOUND' } });
  expect(await failure({ job: undefined })).toMatchObject({ cause: { type: 'USAGE' } });
  expect(await failure({ were: 'true' })).toMatchObject({ cause: { type: 'USAGE' } });
  expect(await failure({ where: 'eror_code = 1' })).toMatchObject({
    cause: { type: 'USAGE', message: expect.stringContaining('error_code') as string },
  });

  const secret = Buffer.from([0xff, ...Buffer.from('correct-horse-battery-staple')]);
  await topic.send({ key: secret, value: secret, headers: { secret } });
  await job.start();
  await job.untilCaughtUp();
  expect(await failure({ toTopic: `${topic.name}-none`, all: true })).toMatchObject({
    cause: { type: 'TOPIC_NOT_FOUND' },
  });
  const sent = await startReplay(job, { all: true, limit: 5 });
  expect((await sent.result()).shares).toMatchObject([{ chosen: 1, sent: { INVALID_UTF8: 1 } }]);
  const history = JSON.stringify(await sent.fetchHistory());
  expect(history).toContain('sendDeadLetters');
  for (const text of [secret.toString('base64').slice(4, -4), secret.subarray(1).toString('base64').slice(0, -4)]) {
    expect(history).not.toContain(text);
  }
  await job.jobs.stop(job.name);
});
