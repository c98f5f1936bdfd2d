import { cp, rename, rm } from 'node:fs/promises';
import { expect } from 'vitest';
import { Connections } from '../../../src/ingest/connections.ts';
import type { LaneContext } from '../../../src/ingest/lane/lane-context.ts';
import { openLane } from '../../../src/ingest/lane/open-lane.ts';
import { resetLane } from '../../../src/ingest/lane/reset-lane.ts';
import { pathForTopic } from '../../../src/model/job/job-spec.ts';
import { test as base } from '../../support/job-fixture.ts';
import { numbered } from '../../support/messages.ts';

/** A lane of a topic with 2 × 10 records, without a worker. */
const test = base.extend<{ readonly topic: string; readonly context: LaneContext }>({
  topic: async ({ kafka }, use) => {
    const topic = await kafka.createTopic({ partitions: 2 });
    await topic.send(...numbered(20, 2));
    await use(topic.name);
  },
  context: async ({ createJob, topic }, use) => {
    const { spec } = await createJob({ topics: [topic] });
    const connections = new Connections({ env: {} });
    const discardInFiles = async (): Promise<[]> => Promise.resolve([]);
    await use({ connections, discardInFiles, spec, signal: new AbortController().signal });
    await connections.close();
  },
});

test('a reset that is tried again because nobody heard that it had gone through is done once', async ({
  context,
  topic,
}) => {
  const { spec } = context;
  const previous = await openLane(context, { spec, topic });
  const request = { to: { kind: 'latest' }, rows: 'discard' } as const;
  const reset = { spec, topic, previous, request, resetId: 'a' };
  const moved = await resetLane(context, reset);

  expect(moved.positions.map(({ offset }) => offset)).toEqual(['10', '10']);
  expect(await resetLane(context, reset)).toEqual(moved);
  const next = await resetLane(context, { ...reset, previous: moved, resetId: 'b' });
  expect(next).toEqual({ ...moved, epoch: moved.epoch + 2 });
});

test('a reset of a run that another one has overtaken is refused', async ({ context, topic }) => {
  const { spec } = context;
  const previous = await openLane(context, { spec, topic });
  const request = { to: { kind: 'latest' }, rows: 'discard' } as const;
  const reset = { spec, topic, previous, request, resetId: 'a' };
  await resetLane(context, reset);
  await openLane(context, { spec, topic });

  await expect(resetLane(context, reset)).rejects.toMatchObject({ code: 'LANE_FENCED' });
});

test('an older copy in the place of the table is not filled from where this run stood', async ({ context, topic }) => {
  const { spec } = context;
  const root = pathForTopic(spec.table.path, topic);
  const previous = await openLane(context, { spec, topic });
  await cp(root, `${root}.copy`, { recursive: true });
  const reset = { spec, topic, previous, request: { to: { kind: 'latest' }, rows: 'keep' }, resetId: 'a' } as const;
  const moved = await resetLane(context, reset);
  await rm(root, { recursive: true });
  await rename(`${root}.copy`, root);

  await expect(openLane(context, { spec, topic, previous: moved })).rejects.toMatchObject({
    code: 'OFFSETS_DISAGREE',
    message: expect.stringContaining(`holds offset 0 for ${topic}/0, and this job has committed 10`) as string,
  });
});

test('offsets by partition move the partitions that they name, all of which must exist', async ({ context, topic }) => {
  const { spec } = context;
  const previous = await openLane(context, { spec, topic });
  const to = (offsets: Readonly<Record<string, '4'>>) => ({ kind: 'offsets', offsets: { [topic]: offsets } }) as const;
  const reset = { spec, topic, previous, resetId: 'a' };

  await expect(
    resetLane(context, { ...reset, request: { to: to({ 1: '4', 2: '4' }), rows: 'keep' } }),
  ).rejects.toMatchObject({ code: 'RESET_INVALID' });
  const moved = await resetLane(context, { ...reset, request: { to: to({ 1: '4' }), rows: 'keep' } });
  expect(moved.positions.map(({ offset }) => offset)).toEqual(['0', '4']);
});

test('rows of another topic in the same table are not taken for those of the topic', async ({
  context,
  kafka,
  topic,
  createJob,
  lakeFolder,
}) => {
  const other = await kafka.createTopic();
  const table = { path: `${lakeFolder}/shared` };
  const { spec } = await createJob({ topics: [topic], document: { table } });
  // A job may well be named like a topic.
  const { spec: otherSpec } = await createJob({ topics: [other.name], document: { name: topic, table } });
  await openLane({ ...context, spec: otherSpec }, { spec: otherSpec, topic: other.name });
  const previous = await openLane({ ...context, spec }, { spec, topic });
  const request = { to: { kind: 'earliest' }, rows: 'discard' } as const;

  await expect(resetLane({ ...context, spec }, { spec, topic, previous, request, resetId: 'a' })).rejects.toMatchObject(
    {
      code: 'RESET_INVALID',
      message: expect.stringContaining('the table holds several topics') as string,
    },
  );
});
