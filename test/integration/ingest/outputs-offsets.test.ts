import { rm } from 'node:fs/promises';
import { expect } from 'vitest';
import { appIdOf } from '../../../src/model/table/app-id.ts';
import { pathForTopic } from '../../../src/model/job/job-spec.ts';
import { commitActions } from '../../support/delta-table.ts';
import { event, running, test } from '../../support/outputs-fixture.ts';

const runningSql = 'SELECT id, n::INTEGER, total::INTEGER FROM running ORDER BY ALL';

// Both wait until it is certain that the log ends so early.
test.concurrent(
  'a log that ends before what an output has is seen, although the job itself has not come so far',
  async ({ topic, laneWith }) => {
    const lane = await laneWith({ running });
    await topic.send(event(1, 'a', 1));
    await lane.ingest();
    const { store } = lane.outputTable;
    const state = await lane.outputTable.refresh();
    const opened = await lane.open();
    // As if it had committed up to there before a crash, and Kafka had lost those records since.
    const place = { topic: topic.name, topicId: opened.topicId, partition: 0 };
    await commitActions(store, state, [{ txn: { appId: appIdOf(lane.spec.name, place), version: '5' } }]);
    await topic.send(event(2, 'a', 2));
    const { spec } = lane;
    const strict = { ...spec, source: { ...spec.source, failOnDataLoss: true } };
    const [refused, polled] = await Promise.allSettled([lane.poll(opened, strict), lane.poll(opened)]);

    expect(refused).toMatchObject({
      reason: {
        code: 'OFFSETS_LOST',
        message: expect.stringContaining("the output running holds offset 5, and Kafka's log ends at 2") as string,
      },
    });
    if (polled.status !== 'fulfilled' || polled.value.kind !== 'logEndsBefore') throw new Error(polled.status);
    await lane.reset(polled.value.reset);
    await topic.send(event(3, 'a', 4));
    await lane.ingest();
    // The second record is one of those that the output has had, as far as anybody can tell.
    expect(await lane.query(runningSql)).toEqual([['a', 2, 5]]);
    const rows = await lane.query(`SELECT value FROM "${lane.rowsName}" ORDER BY ALL`);
    expect(rows).toEqual([[1], [2], [4]]);
  },
);

test.concurrent(
  'after Kafka has lost records a reset to the latest offset lets outputs take the new ones',
  async ({ topic, laneWith }) => {
    const lane = await laneWith({ running });
    await topic.send(event(1, 'a', 1));
    await lane.ingest();
    const opened = await lane.open();
    // As if both had come so far, and Kafka had lost those records since.
    const place = { topic: topic.name, topicId: opened.topicId, partition: 0 };
    const rows = lane.connections.table(pathForTopic(lane.spec.table.path, topic.name));
    for (const table of [lane.outputTable, rows]) {
      await commitActions(table.store, await table.refresh(), [
        { txn: { appId: appIdOf(lane.spec.name, place), version: '5' } },
      ]);
    }
    await lane.reset({ to: { kind: 'latest' }, rows: 'keep' });
    await topic.send(event(2, 'a', 2), event(3, 'a', 4));
    await lane.ingest();
    expect(await lane.query(runningSql)).toEqual([['a', 3, 7]]);
  },
);

test('what retention takes before the job has it is only lost to outputs that have not had it', async ({
  topic,
  laneWith,
}) => {
  const lane = await laneWith({ running });
  await topic.send(event(1, 'a', 1), event(2, 'a', 2), event(1, 'b', 1, 1));
  const staged = await lane.stage(await lane.open());
  await lane.commitOutputs(staged);
  // The worker died before it committed the rows, and nobody started another one for long.
  await topic.send(event(3, 'a', 4), event(2, 'b', 2, 1), event(3, 'b', 4, 1));
  await topic.deleteRecordsBefore(0, 1);
  await topic.deleteRecordsBefore(1, 2);
  await lane.ingest();
  expect(await lane.query(runningSql)).toEqual([
    ['a', 3, 7],
    ['b', 2, 5],
  ]);
  const [verified] = (await lane.verify()).topics;
  expect(verified?.outputs).toMatchObject([
    { verdict: 'unproven', unprovenRows: 2, notes: [expect.stringContaining('before Kafka deleted them')] },
  ]);
});

test('a table of the job that was deleted is filled again, and outputs pass over what they have', async ({
  topic,
  laneWith,
}) => {
  const lane = await laneWith({ running });
  await topic.send(event(1, 'a', 1), { partition: 1, value: 'no JSON' });
  for (const value of [2, 4]) {
    await lane.ingest();
    await topic.send(event(value, 'a', value));
  }
  await rm(pathForTopic(lane.spec.table.path, topic.name), { recursive: true });
  const again = await laneWith({ running });
  await again.ingest();
  expect(await again.query(`SELECT value FROM "${lane.rowsName}" ORDER BY ALL`)).toEqual([[1], [2], [4]]);
  expect(await again.query(runningSql)).toEqual([['a', 3, 7]]);
  await again.expectProven();
});

test('records of a topic that was created anew are later than those of the one before', async ({ topic, laneWith }) => {
  const lane = await laneWith({
    latest: { groupBy: ['id'], aggregates: { value: 'last(value)', earliest: 'first(value)' } },
    newest: { merge: { key: 'id', orderBy: 'ts' } },
  });
  await topic.send(event(1, 'a', 1), event(1, 'b', 2), event(1, 'a', 4));
  await lane.ingest();
  await topic.recreate();
  await topic.send(event(1, 'a', 8), event(1, 'b', 16, 1));
  await lane.ingest();
  await topic.send(event(1, 'c', 32));
  await lane.ingest();
  expect(await lane.query('SELECT id, value, earliest FROM latest ORDER BY ALL')).toEqual([
    ['a', 8, 1],
    ['b', 16, 2],
    ['c', 32, 32],
  ]);
  expect(await lane.query('SELECT id, value FROM newest ORDER BY ALL')).toEqual([
    ['a', 8],
    ['b', 16],
    ['c', 32],
  ]);
  const [verified] = (await lane.verify()).topics;
  expect(verified?.outputs.map(({ verdict }) => verdict)).toEqual(['unproven', 'unproven']);
});
