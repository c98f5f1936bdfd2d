import { expect } from 'vitest';
import { commitPath } from '../../../src/delta/log/log-path.ts';
import { commitBatch } from '../../../src/ingest/commit/commit-batch.ts';
import { commitDeadLetters } from '../../../src/ingest/commit/commit-dead-letters.ts';
import { Connections } from '../../../src/ingest/connections.ts';
import type { LaneContext } from '../../../src/ingest/lane/lane-context.ts';
import { openLane } from '../../../src/ingest/lane/open-lane.ts';
import { pollLane } from '../../../src/ingest/plan/poll-lane.ts';
import { resetLane } from '../../../src/ingest/lane/reset-lane.ts';
import { createTransformPool, type TransformPool } from '../../../src/ingest/transform-pool.ts';
import { loadState, readParquetRows } from '../../../src/lake/table/table-log.ts';
import type { LanePosition } from '../../../src/model/batch/batch.ts';
import { pathForTopic } from '../../../src/model/job/job-spec.ts';
import type { CommitRequest } from '../../../src/model/requests/lane-requests.ts';
import { checkpointTable } from '../../support/checkpoint-table.ts';
import { commitActions } from '../../support/delta-table.ts';
import { test as base } from '../../support/job-fixture.ts';
import type { TestTopic } from '../../support/kafka.ts';
import { queryLake } from '../../support/query-lake.ts';

const notText = { value: Buffer.from([0xff]) };

interface TestLane {
  readonly topic: TestTopic;
  readonly context: LaneContext;
  readonly open: () => Promise<LanePosition>;
  readonly stage: (position: LanePosition) => Promise<CommitRequest>;
  readonly countDeadLetters: () => Promise<number>;
}

/** A lane whose batches the test commits, or leaves half done. */
const test = base.extend<{ readonly lane: TestLane; readonly transforms: TransformPool }>({
  transforms: [
    async ({}, use) => {
      const transforms = createTransformPool({ size: 1, memoryBytes: 256 * 1024 * 1024 });
      await use(transforms);
      await transforms.close();
    },
    { scope: 'file' },
  ],
  lane: async ({ kafka, createJob, transforms }, use) => {
    const topic = await kafka.createTopic();
    const job = await createJob({ topics: [topic.name], source: { failOnDataLoss: false } });
    const { spec } = job;
    const { signal } = new AbortController();
    const connections = new Connections({ env: {}, readParquetRows });
    const context: LaneContext = {
      connections,
      spec,
      signal,
      discardInFiles: (request) => transforms.discard(request, signal),
    };
    await use({
      topic,
      context,
      open: () => openLane(context, { spec, topic: topic.name }),
      stage: async (lane) => {
        const polled = await pollLane(connections, { spec, lane, notBeforeMs: 0 }, { engines: 1, signal });
        if (polled.kind !== 'planned') throw new Error(`nothing to ingest: ${polled.kind}`);
        const { plan } = polled;
        const groups = await Promise.all(
          plan.groups.map((group) => transforms.transform({ spec, plan, group }, signal)),
        );
        return { spec, plan, groups };
      },
      countDeadLetters: async () => (await queryLake(job.deadLettersOf(topic.name), 'SELECT 1 FROM t')).length,
    });
    await connections.close();
  },
});

test('what a batch left without committing its rows is taken out, and no dead letter of another batch', async ({
  lane: { topic, context, open, stage, countDeadLetters },
}) => {
  const { connections } = context;
  await topic.send(notText, notText, notText);
  const first = await stage(await open());
  await commitDeadLetters(connections, first);
  await commitBatch(connections, first);

  await topic.send(notText, notText);
  await commitDeadLetters(connections, await stage(await open()));
  expect(await countDeadLetters()).toBe(5);
  await open();
  expect(await countDeadLetters()).toBe(3);

  // The new topic's offsets are those that the dead letters of the deleted one have.
  await topic.recreate();
  await topic.send(notText, notText);
  await commitDeadLetters(connections, await stage(await open()));
  expect(await countDeadLetters()).toBe(5);
  await open();
  expect(await countDeadLetters()).toBe(3);
});

test.for([
  { to: 'earliest', rows: 'keep' },
  { to: 'latest', rows: 'keep' },
  { to: 'latest', rows: 'discard' },
] as const)(
  'a reset to $to with rows "$rows" takes out what a batch left as well',
  async ({ to, rows }, { lane: { topic, context, open, stage, countDeadLetters } }) => {
    const { connections, spec } = context;
    await topic.send(notText, notText, notText);
    const previous = await open();
    const first = await stage(previous);
    await commitDeadLetters(connections, first);
    await commitBatch(connections, first);
    await topic.send(notText, notText);
    const position = { ...previous, nextBatch: 1, positions: [{ partition: 0, offset: '3' as const }] };
    await commitDeadLetters(connections, await stage(position));
    expect(await countDeadLetters()).toBe(5);

    const request = { to: { kind: to }, rows };
    await resetLane(context, { spec, topic: topic.name, previous: position, request, resetId: 'a' });
    expect(await countDeadLetters()).toBe(3);
  },
);

test('dead letters that a reset discards go when the lane is opened next, also once its entry has left the log', async ({
  lane: { topic, context, open, stage, countDeadLetters },
}) => {
  const { connections, spec } = context;
  await topic.send(notText, notText, notText);
  const first = await stage(await open());
  await commitDeadLetters(connections, first);
  await commitBatch(connections, first);
  const dying: LaneContext = {
    ...context,
    discardInFiles: (request, signal) => {
      if (request.tableRoot === pathForTopic(spec.deadLetter.path, topic.name)) throw new Error('the worker died');
      return context.discardInFiles(request, signal);
    },
  };
  const to = { kind: 'offsets', offsets: { [topic.name]: { 0: '1' } } } as const;
  const request = { to, rows: 'discard' } as const;
  await expect(resetLane(dying, { spec, topic: topic.name, request, resetId: 'a' })).rejects.toThrow('the worker died');
  expect(await countDeadLetters()).toBe(3);

  const { store } = connections.table(pathForTopic(spec.table.path, topic.name));
  const { version } = await commitActions(store, await loadState(store), []);
  await checkpointTable(store);
  for (let old = 0; old < version; old += 1) await store.delete(commitPath(old));
  await open();
  expect(await countDeadLetters()).toBe(1);
});

test('a reset that failed after its commit does not keep out the run that ordered it', async ({
  lane: { topic, context, open, stage, countDeadLetters },
}) => {
  const { connections, spec } = context;
  await topic.send(notText, notText, notText);
  const opened = await open();
  const first = await stage(opened);
  await commitDeadLetters(connections, first);
  await commitBatch(connections, first);
  const previous = { ...opened, nextBatch: 1, positions: [{ partition: 0, offset: '3' as const }] };
  const reset = {
    spec,
    topic: topic.name,
    previous,
    request: { to: { kind: 'offsets', offsets: { [topic.name]: { 0: '1' } } }, rows: 'discard' },
    resetId: 'a',
  } as const;
  const failing: LaneContext = {
    ...context,
    discardInFiles: (request, signal) =>
      request.deadLettersOf ? Promise.reject(new Error('no dead letters')) : context.discardInFiles(request, signal),
  };

  await expect(resetLane(failing, reset)).rejects.toThrow('no dead letters');
  expect(await countDeadLetters()).toBe(3);
  await expect(openLane(context, { spec, topic: topic.name, previous })).rejects.toMatchObject({ code: 'LANE_FENCED' });
  // This one gets no further than the dead letters that the first has left.
  const again = { ...reset, resetId: 'b', unheardResets: ['a'] };
  await expect(resetLane(failing, again)).rejects.toThrow('no dead letters');
  const reopened = await openLane(context, { spec, topic: topic.name, previous, unheardResets: ['a', 'b', 'c'] });
  expect(reopened).toMatchObject({ epoch: previous.epoch + 3, positions: [{ partition: 0, offset: '1' }] });
  expect(await countDeadLetters()).toBe(1);
  const moved = await resetLane(context, { ...again, resetId: 'd', unheardResets: ['a', 'b', 'c'] });
  expect(moved.epoch).toBe(previous.epoch + 5);
});
