import { readdir } from 'node:fs/promises';
import type { Client, ScheduleHandle } from '@temporalio/client';
import { expect } from 'vitest';
import type { MaintainedTable } from '../../../src/model/requests/maintenance-requests.ts';
import { test } from '../../support/job-fixture.ts';
import { numbered } from '../../support/messages.ts';
import { untilTrue } from '../../support/until-true.ts';

async function newestRun(schedule: ScheduleHandle): Promise<string | undefined> {
  const { info } = await schedule.describe();
  const action = info.recentActions.at(-1)?.action;
  return action?.type === 'startWorkflow' ? action.workflow.workflowId : undefined;
}

/** Runs a round of a Schedule now, and gives what it came to. */
async function round(client: Client, scheduleId: string): Promise<readonly MaintainedTable[]> {
  const schedule = client.schedule.getHandle(scheduleId);
  const before = await newestRun(schedule);
  await schedule.trigger();
  let workflowId = before;
  await untilTrue(async () => (workflowId = await newestRun(schedule)) !== before);
  return client.workflow.getHandle(workflowId ?? '').result() as Promise<readonly MaintainedTable[]>;
}

test('a Schedule joins the small files of a job beside its batches, until the job asks for it no more', async ({
  kafka,
  lakeFolder,
  createJob,
}) => {
  const topic = await kafka.createTopic();
  // By themselves the rounds come at multiples of this since 1970: not while the test runs.
  const every = '10000 days';
  const maintenance = { optimize: { every, sortBy: '_kafka_offset' }, vacuum: { every } };
  const job = await createJob({ topics: [topic.name], document: { maintenance } });
  await job.start();
  for (const batch of [0, 1, 2]) {
    await topic.send(...numbered(10, 1, batch * 10), { partition: 0, value: null });
    await job.untilCaughtUp();
  }
  const optimized = await round(job.client, `${job.name}/optimize`);
  await topic.send(...numbered(10, 1, 30));
  await job.untilCaughtUp();
  const vacuumed = await round(job.client, `${job.name}/vacuum`);

  const [table, deadLetters] = [job.tableOf(topic.name), job.deadLettersOf(topic.name)];
  expect(optimized).toMatchObject([
    { table, kind: 'optimized', removedFiles: 3, addedFiles: 1, lostBins: 0 },
    { table: deadLetters, kind: 'optimized', removedFiles: 3, addedFiles: 1 },
  ]);
  expect(vacuumed).toMatchObject([
    { table, kind: 'vacuumed', deletedFiles: 0 },
    { table: deadLetters, kind: 'vacuumed', deletedFiles: 0 },
  ]);
  await job.expectVerified(43);
  // Those that were joined stay for older versions; an attempt that was given up may have left one more.
  const files = await readdir(table, { recursive: true });
  expect(files.filter((name) => name.endsWith('.parquet') && !name.startsWith('_delta_log'))).toSatisfy(
    ({ length }: readonly string[]) => length >= 5,
  );

  await job.jobs.stop(job.name);
  const without = await createJob({ topics: [topic.name], document: { name: job.name }, lakeFolder });
  await job.client.schedule.getHandle(`${job.name}/optimize`).update(({ action, ...schedule }) => {
    return { ...schedule, action: { ...action, args: [{ job: without.input, task: 'optimize' }] } };
  });
  expect(await round(job.client, `${job.name}/optimize`)).toEqual([]);
  await expect(job.client.schedule.getHandle(`${job.name}/optimize`).describe()).rejects.toThrow(/not found/i);
  await job.client.schedule.getHandle(`${job.name}/vacuum`).delete();
});
