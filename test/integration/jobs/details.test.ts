import { expect } from 'vitest';
import type { WorkflowHandle } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import { formatDuration } from '../../../src/cli/output/units.ts';
import { searchAttributeNames, searchAttributeTypes } from '../../../src/model/requests/search-attributes.ts';
import { test } from '../../support/job-fixture.ts';
import { numbered } from '../../support/messages.ts';

/** What the Web UI shows as a workflow's current details. */
async function currentDetails(handle: WorkflowHandle): Promise<string> {
  const metadata = await handle.query<temporal.api.sdk.v1.IWorkflowMetadata>('__temporal_workflow_metadata');
  return metadata.currentDetails ?? '';
}

async function attributesOf(handle: WorkflowHandle): Promise<Record<string, unknown>> {
  const { typedSearchAttributes } = await handle.describe();
  return Object.fromEntries(
    Object.entries(searchAttributeTypes).flatMap(([name, type]) => {
      const value = typedSearchAttributes.get(defineSearchAttributeKey(name, type));
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

test('Temporal shows of a job and of each batch what was ingested, from where to where, and how long it took', async ({
  kafka,
  createJob,
}) => {
  const topic = await kafka.createTopic({ partitions: 2 });
  await topic.send(...numbered(1500, 2), { partition: 1, value: null }, { partition: 1, value: Buffer.from([0xff]) });
  const job = await createJob({ topics: [topic.name] });
  await job.start();
  await job.untilCaughtUp();
  const waiting = job.client.workflow.getHandle(`${job.name}/${topic.name}/1`);
  await expect.poll(() => currentDetails(waiting)).toBe(`Waiting for data of **${topic.name}**.`);
  const { lanes } = await job.jobs.progress(job.name);
  const { durationMs, version } = lanes[0]!.lastBatch!;
  const duration = formatDuration(durationMs);

  const batch = job.client.workflow.getHandle(`${job.name}/${topic.name}/0`);
  expect(await currentDetails(batch)).toBe(
    [
      `**${topic.name}** batch 0 is version ${version}: 1,500 rows, 2 dead letters, 1 file in ${duration}`,
      '',
      '| partition | start offset | end offset | rows | dead letters |',
      '|--:|--:|--:|--:|--:|',
      '| 0 | 0 | 750 | 750 | 0 |',
      '| 1 | 0 | 752 | 750 | 2 |',
    ].join('\n'),
  );
  expect(await (await batch.describe()).staticSummary()).toBe(`${topic.name} batch 0`);
  expect(await attributesOf(batch)).toEqual({
    [searchAttributeNames.job]: job.name,
    [searchAttributeNames.topic]: topic.name,
    [searchAttributeNames.version]: version,
    [searchAttributeNames.rows]: 1500,
    [searchAttributeNames.deadLetters]: 2,
  });

  expect(await currentDetails(job.handle)).toBe(
    [
      `**${job.name}**: running`,
      '',
      '| topic | state | batches | rows | dead letters | lag | version | last batch |',
      '|---|---|--:|--:|--:|--:|--:|---|',
      `| ${topic.name} | running | 1 | 1,500 | 2 | 0 | ${version} | 1,500 rows in ${duration} |`,
    ].join('\n'),
  );
  expect(await (await job.handle.describe()).staticSummary()).toBe(`Kafka → Delta: ${job.name}`);
  expect(await attributesOf(job.handle)).toEqual({ [searchAttributeNames.job]: job.name });
});

test('each activity of a batch says in a line what it works on', async ({ kafka, createJob }) => {
  const topic = await kafka.createTopic({ partitions: 2 });
  await topic.send(...numbered(10, 2), { partition: 0, value: null }, { partition: 0, value: null });
  const job = await createJob({ topics: [topic.name] });
  await job.start();
  await job.untilCaughtUp();

  const { events } = await job.client.workflow.getHandle(`${job.name}/${topic.name}/0`).fetchHistory();
  const activities = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled, userMetadata }) =>
    scheduled ? [[scheduled.activityType?.name, JSON.parse(text(userMetadata?.summary?.data))]] : [],
  );
  expect(activities).toEqual([
    ['pollOffsets', topic.name],
    ['transformRange', `${topic.name}/0 [0, 7) and 1 more`],
    ['routeDeadLetters', '2 dead letters'],
    ['commitDeltaLog', '10 rows'],
  ]);
});

test('a stopped lane says why where the job is looked at', async ({ kafka, createJob }) => {
  const topic = await kafka.createTopic();
  await topic.send(...numbered(10, 1));
  const other = await kafka.createTopic();
  const job = await createJob({ topics: [topic.name, other.name] });
  await job.start();
  await job.untilCaughtUp();
  await topic.recreate();
  await job.until(({ lanes }) => lanes[0]?.state === 'failed');

  const row = (await currentDetails(job.handle)).split('\n').find((line) => line.includes(topic.name));
  expect(row).toContain('| failed: TOPIC_RECREATED topic ');
  expect(row?.match(/(?<!\\)\|/g)).toHaveLength(9);
});

test('jobs and batches are found by their search attributes', async ({ kafka, createJob }) => {
  const topic = await kafka.createTopic();
  await topic.send(...numbered(10, 1), { value: null });
  const job = await createJob({ topics: [topic.name] });
  await job.start();
  await job.untilCaughtUp();

  const find = async (query: string): Promise<string[]> => {
    const found: string[] = [];
    for await (const { workflowId } of job.client.workflow.list({ query })) found.push(workflowId);
    return found.toSorted();
  };
  await expect
    .poll(() => find(`BronzeJob = '${job.name}' AND BronzeDeadLetters > 0`))
    .toEqual([`${job.name}/${topic.name}/0`]);
  await expect.poll(() => find(`BronzeJob = '${job.name}' AND WorkflowType = 'ingestionJob'`)).toEqual([job.name]);
});

function text(data: Uint8Array | null | undefined): string {
  return Buffer.from(data ?? []).toString();
}
