import { expect } from 'vitest';
import { loadState } from '../../../src/lake/table/table-log.ts';
import type { MaintainedTable } from '../../../src/model/requests/maintenance-requests.ts';
import { openObjectStore } from '../../../src/storage/open-object-store.ts';
import { ageLog } from '../../support/age-log.ts';
import { test } from '../../support/job-fixture.ts';
import { numbered } from '../../support/messages.ts';
import { rawMetadata, type TestJob } from '../../support/test-job.ts';
import { untilTrue } from '../../support/until-true.ts';

async function cleanUp(job: TestJob): Promise<readonly MaintainedTable[]> {
  const workflowId = `${job.name}-cleanup-${String(Date.now())}`;
  const args = [{ job: job.input, task: 'cleanup' }];
  const { taskQueue } = job;
  return job.client.workflow.execute('tableMaintenance', { workflowId, taskQueue, args }) as Promise<
    readonly MaintainedTable[]
  >;
}

test('a job whose log was cleaned up goes on, starts again, is verified whole, and can be reset', async ({
  kafka,
  lakeFolder,
  createJob,
}) => {
  const topic = await kafka.createTopic();
  const properties = { 'delta.checkpointInterval': '2' };
  const job = await createJob({
    topics: [topic.name],
    document: {
      table: { path: `${lakeFolder}/bronze_{topic}`, properties },
      checkpointPath: `${lakeFolder}/checkpoints`,
      maintenance: { cleanup: { every: '10000 days' } },
      steps: {
        parse: { format: 'json', schema: 'number INT, text STRING' },
        metadata: rawMetadata,
        validate: { rules: { odd: { sql: 'number % 2 = 1', onFailure: 'drop' } } },
      },
    },
  });
  await job.start();
  const send = async (batch: number): Promise<void> => {
    await topic.send(...numbered(10, 1, batch * 10), { partition: 0, value: 'broken' });
    await job.untilCaughtUp();
  };
  for (const batch of [0, 1, 2, 3]) await send(batch);
  const table = job.tableOf(topic.name);
  const store = openObjectStore(table);
  await untilTrue(async () => ((await loadState(store))?.checkpointVersion ?? 0) > 1);
  await ageLog(store, new Date(Date.now() - 90 * 86_400_000));

  const [rows, deadLetters] = await cleanUp(job);
  expect(rows).toMatchObject({ table, kind: 'cleanedUp', firstVersion: expect.any(Number) as number });
  expect(deadLetters).toMatchObject({ kind: 'cleanedUp', deletedFiles: 0 });
  await expect(store.get('_delta_log/00000000000000000000.json')).resolves.toBeUndefined();

  await send(4);
  await job.expectVerified(55);
  await job.jobs.stop(job.name);
  await job.start();
  await send(5);
  const report = await job.expectVerified(66);
  expect(report.topics[0]?.partitions).toMatchObject([
    { startOffset: '0', endOffset: '66', drops: 30, verdict: 'same' },
  ]);
  expect(report.topics[0]?.notes.join()).not.toContain('the log begins');

  await job.client.schedule.getHandle(`${job.name}/cleanup`).delete();

  await job.jobs.reset(job.name, { to: 'earliest', rows: 'discard' });
  await job.untilCaughtUp();
  await job.expectVerified(66);
});
