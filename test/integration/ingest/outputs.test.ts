import { expect, onTestFinished } from 'vitest';
import { BronzeError } from '../../../src/errors.ts';
import { createRewritePool } from '../../../src/maintain/rewrite-pool.ts';
import { optimizeTable } from '../../../src/maintain/optimize-table.ts';
import type { JobDocument } from '../../../src/model/job/job-input.ts';
import { loadState } from '../../../src/lake/table/table-log.ts';
import { collect } from '../../support/collect.ts';
import { commitActions } from '../../support/delta-table.ts';
import { event, running, startMs, test, windows } from '../../support/outputs-fixture.ts';
import { SteppedLane } from '../../support/stepped-lane.ts';

const runningSql = 'SELECT id, n::INTEGER, total::INTEGER FROM running ORDER BY ALL';
const windowsSql = `SELECT CAST(epoch(window_start) - ${startMs / 1000} AS INTEGER), id, n::INTEGER, total::INTEGER FROM windows ORDER BY ALL`;

test('an output that was committed before a crash goes on from where it is, and takes nothing twice', async ({
  topic,
  laneWith,
}) => {
  const lane = await laneWith({ running, windows });
  await topic.send(event(1, 'a', 1), event(2, 'b', 2, 1));
  await lane.ingest();
  await topic.send(event(3, 'a', 4), event(11, 'b', 8, 1));
  const lost = await lane.stage(await lane.open());
  await lane.commitOutputs(lost);
  // The worker died before it committed the rows; by now there are more.
  await topic.send(event(4, 'a', 16), event(12, 'b', 32, 1));
  const staged = await lane.stage(await lane.open());
  expect(staged.plan.ranges).toMatchObject([{ startOffset: '1' }, { startOffset: '1' }]);
  expect(await lane.commitOutputs(staged)).toMatchObject([
    { summary: { counts: { taken: 2 } } },
    { kind: 'committed' },
  ]);
  await lane.commitRows(staged);

  expect(await lane.query(runningSql)).toEqual([
    ['a', 3, 21],
    ['b', 3, 42],
  ]);
  expect(await lane.query(windowsSql)).toEqual([
    [0, 'a', 3, 21],
    [0, 'b', 1, 2],
    [10, 'b', 2, 40],
  ]);
  await lane.expectProven();
  // An attempt of the dead worker that comes back has nothing left to do.
  await expect(lane.commitOutputs(lost)).rejects.toMatchObject({ code: 'LANE_FENCED' });
});

test('a commit that nobody heard of is found again, also by an attempt that made the same rows at the same time', async ({
  topic,
  laneWith,
}) => {
  const lane = await laneWith({ running });
  await topic.send(event(1, 'a', 1), event(2, 'b', 2, 1));
  const staged = await lane.stage(await lane.open());
  const [first, second] = await Promise.all([lane.commitOutputs(staged), lane.commitOutputs(staged)]);
  const third = await lane.commitOutputs(staged);
  for (const [outcome] of [first, second, third]) {
    expect(outcome).toMatchObject({ kind: 'committed', summary: { rows: 2, counts: { taken: 2 } } });
  }
  await lane.commitRows(staged);
  await lane.expectProven();
  expect(await lane.query(runningSql)).toEqual([
    ['a', 1, 1],
    ['b', 1, 2],
  ]);
  const { store } = lane.outputTable;
  expect(await collect(store.list('_state/'))).toHaveLength(1);
});

test('an attempt whose part is gone looks once whether another one has committed, and then gives the batch up', async ({
  topic,
  laneWith,
}) => {
  const lane = await laneWith({ running });
  await topic.send(event(1, 'a', 1));
  const staged = await lane.stage(await lane.open());
  const codes = ['STAGED_FILE_MISSING', 'STORAGE_UNAVAILABLE'] as const;
  let calls = 0;
  const failing = lane.commitOutputs(staged, () =>
    Promise.reject(new BronzeError(codes[calls++] ?? 'INTERNAL', 'as the test wants it')),
  );
  await expect(failing).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  const { store } = lane.outputTable;
  for (const { path } of await collect(store.list('_staged/'))) await store.delete(path);
  expect(await lane.commitOutputs(staged)).toMatchObject([{ kind: 'reopen' }]);
  await lane.ingest();
  expect(await lane.query(runningSql)).toEqual([['a', 1, 1]]);
  await lane.expectProven();
});

test('columns come to the table of an output, also under names of its own, and stay when the job does not make them', async ({
  topic,
  laneWith,
}) => {
  const current = { merge: { key: ['id'] }, properties: { 'delta.columnMapping.mode': 'name' } };
  const ingest = async (record: object, schema: JobDocument = {}): Promise<void> => {
    await topic.send({ partition: 0, value: JSON.stringify(record) });
    await (await laneWith({ current }, { schema })).ingest();
  };
  await ingest({ id: 'a', value: 1 });
  await ingest({ id: 'b', value: 2, colour: 'red' }, { colour: 'string' });
  await ingest({ id: 'c', value: 3, colour: 'blue' });
  expect(await (await laneWith({ current })).query('SELECT id, value, colour FROM current ORDER BY ALL')).toEqual([
    ['a', 1, null],
    ['b', 2, 'red'],
    ['c', 3, null],
  ]);
  await (await laneWith({ current })).expectProven();
});

test('an output that a job gets later begins where the job stands', async ({ topic, laneWith }) => {
  const before = await laneWith({});
  await topic.send(event(1, 'a', 1));
  await before.ingest();
  const lane = await laneWith({ running });
  await topic.send(event(2, 'a', 2), event(2, 'b', 4, 1));
  await lane.ingest();
  expect(await lane.query(runningSql)).toEqual([
    ['a', 1, 2],
    ['b', 1, 4],
  ]);
  await lane.expectProven();
});

test('an output that the job ran without says so, and where both stand', async ({ topic, laneWith }) => {
  await topic.send(event(1, 'a', 1));
  const lane = await laneWith({ running });
  await lane.ingest();
  await topic.send(event(2, 'a', 2));
  await (await laneWith({})).ingest();

  await expect(lane.open()).rejects.toMatchObject({
    code: 'OUTPUT_BEHIND',
    message: expect.stringMatching(/\/0 up to offset 1, and the job's table has them up to 2/) as string,
  });
  await expect((await laneWith({ running: { ...running, groupBy: ['value'] } })).open()).rejects.toMatchObject({
    code: 'OUTPUT_CHANGED',
  });
  // Rows of the job's table are repeated, and the output goes on where it stands.
  const to = { kind: 'offsets', offsets: { [topic.name]: { 0: '1' } } } as const;
  await lane.reset({ to, rows: 'keep' });
  await lane.ingest();
  expect(await lane.query(runningSql)).toEqual([['a', 2, 3]]);
  await lane.expectProven();
});

test('a reset that keeps rows repeats none in outputs, and one that skips records skips them there too', async ({
  topic,
  laneWith,
}) => {
  const lane = await laneWith({ running });
  await topic.send(event(1, 'a', 1), event(1, 'b', 2, 1));
  await lane.ingest();
  await lane.reset({ to: { kind: 'earliest' }, rows: 'keep' });
  await lane.ingest();
  expect(await lane.query(runningSql)).toEqual([
    ['a', 1, 1],
    ['b', 1, 2],
  ]);
  await topic.send(event(2, 'a', 4));
  await lane.reset({ to: { kind: 'latest' }, rows: 'keep' });
  await topic.send(event(3, 'a', 8));
  await lane.ingest();
  expect(await lane.query(runningSql)).toEqual([
    ['a', 2, 9],
    ['b', 1, 2],
  ]);
  await lane.expectProven();
});

test('resets that nobody opened the lane between skip in outputs what they skip together', async ({
  topic,
  laneWith,
}) => {
  const lane = await laneWith({ running });
  await topic.send(event(1, 'a', 1), event(1, 'b', 2, 1));
  await lane.ingest();
  for (const value of [4, 8]) {
    await topic.send(event(2, 'a', value));
    await lane.reset({ to: { kind: 'latest' }, rows: 'keep' });
  }
  await topic.send(event(3, 'a', 16));
  await lane.ingest();
  expect(await lane.query(runningSql)).toEqual([
    ['a', 2, 17],
    ['b', 1, 2],
  ]);
});

test('a reset that keeps rows does not hide from outputs that one before it has discarded theirs', async ({
  topic,
  laneWith,
}) => {
  const lane = await laneWith({ running });
  await topic.send(event(1, 'a', 1));
  await lane.ingest();
  await topic.send(event(2, 'a', 2));
  await lane.reset({ to: { kind: 'earliest' }, rows: 'discard' });
  await lane.reset({ to: { kind: 'latest' }, rows: 'keep' });
  await topic.send(event(3, 'a', 4));
  await lane.ingest();
  expect(await lane.query(runningSql)).toEqual([['a', 1, 4]]);
});

test('a reset does not hide that the job ran without an output', async ({ topic, laneWith }) => {
  const lane = await laneWith({ running });
  await topic.send(event(1, 'a', 1));
  await lane.ingest();
  await lane.reset({ to: { kind: 'latest' }, rows: 'keep' });
  await topic.send(event(2, 'a', 2));
  await (await laneWith({})).ingest();
  await expect(lane.open()).rejects.toMatchObject({ code: 'OUTPUT_BEHIND' });
});

test('a reset that discards rows empties outputs where everything they have comes again, and is refused elsewhere', async ({
  topic,
  laneWith,
}) => {
  const lane = await laneWith({ running, windows });
  await topic.send(event(1, 'a', 1), event(2, 'a', 2), event(1, 'b', 4, 1));
  await lane.ingest();
  const to = { kind: 'offsets', offsets: { [topic.name]: { 0: '1' } } } as const;
  await expect(lane.reset({ to, rows: 'discard' })).rejects.toMatchObject({
    code: 'RESET_INVALID',
    message: expect.stringContaining('output running') as string,
  });
  await lane.reset({ to: { kind: 'earliest' }, rows: 'discard' });
  await lane.open();
  expect(await lane.query(runningSql)).toEqual([]);
  await lane.ingest();
  expect(await lane.query(runningSql)).toEqual([
    ['a', 2, 3],
    ['b', 1, 4],
  ]);
  expect(await lane.query(windowsSql)).toEqual([
    [0, 'a', 2, 3],
    [0, 'b', 1, 4],
  ]);
  await lane.expectProven();
});

test('files that another writer joins while rows are replaced are seen, and the rows are made anew', async ({
  topic,
  laneWith,
}) => {
  const lane = await laneWith({ running });
  for (const value of [1, 2]) {
    await topic.send(event(value, `a${String(value)}`, value), event(value, `b${String(value)}`, value, 1));
    await lane.ingest();
  }
  await topic.send(event(3, 'a1', 4), event(3, 'b1', 8, 1));
  const staged = await lane.stage(await lane.open());
  const rewrites = createRewritePool({ memoryBytes: 128 * 1024 * 1024 });
  onTestFinished(() => rewrites.close());
  const table = lane.outputTable;
  const joined: number[] = [];
  await lane.commitOutputs(staged, async () => {
    const outcome = await optimizeTable({
      table,
      rewrite: rewrites.rewrite,
      signal: new AbortController().signal,
      targetFileSizeBytes: 1 << 20,
      clustering: undefined,
    });
    joined.push(outcome.removedFiles);
  });
  await lane.commitRows(staged);
  expect(joined).toEqual([2, 0]);
  expect(await lane.query(runningSql)).toEqual([
    ['a1', 2, 5],
    ['a2', 1, 2],
    ['b1', 2, 9],
    ['b2', 1, 2],
  ]);
  await lane.expectProven();
});

test('changes, sessions and the newest rows go on from batch to batch', async ({ topic, laneWith }) => {
  const lane = await laneWith({
    changed: { changes: { key: 'id', of: 'value' } },
    sessions: { ...windows, window: { session: '10 seconds' } },
    newest: { merge: { key: 'id', deleteWhen: 'value < 0' } },
  });
  await topic.send(event(1, 'a', 1), event(2, 'a', 1), event(1, 'b', 5, 1));
  await lane.ingest();
  await topic.send(event(9, 'a', 2), event(30, 'a', 2), event(2, 'b', -1, 1));
  await lane.ingest();
  expect(await lane.query('SELECT id, value, previous_value FROM changed ORDER BY id, ts')).toEqual([
    ['a', 1, null],
    ['a', 2, 1],
    ['b', 5, null],
    ['b', -1, 5],
  ]);
  const sessionsSql =
    'SELECT id, epoch(window_end - window_start)::INTEGER, n::INTEGER FROM sessions ORDER BY id, window_start';
  expect(await lane.query(sessionsSql)).toEqual([
    ['a', 18, 3],
    ['a', 10, 1],
    ['b', 11, 2],
  ]);
  expect(await lane.query('SELECT id, value FROM newest')).toEqual([['a', 2]]);
  await lane.expectProven();
});

test('one event time in a far future makes nothing late, unless it may be as far ahead', async ({
  topic,
  laneWith,
}) => {
  const open = { ...windows, watermark: { delay: '5 seconds', maxAhead: 'unlimited' } };
  const lane = await laneWith({ windows, open });
  const far = 1e9;
  await topic.send(event(1, 'a', 1), event(far, 'far', 2), event(2, 'a', 4));
  await lane.ingest();
  await topic.send(event(3, 'a', 8), event(20, 'a', 16), event(4, 'a', 32));
  await lane.ingest();
  expect(await lane.query(windowsSql)).toEqual([
    [0, 'a', 3, 13],
    [20, 'a', 1, 16],
    [far, 'far', 1, 2],
  ]);
  expect(await lane.query(windowsSql.replace('windows', 'open'))).toEqual([
    [0, 'a', 1, 1],
    [far, 'far', 1, 2],
  ]);
  await lane.expectProven();
});

test('a table that another lane has rows in is neither replaced in nor emptied', async ({ topic, laneWith }) => {
  const lane = await laneWith({ running });
  await topic.send(event(1, 'a', 1));
  await lane.ingest();
  const { store } = lane.outputTable;
  const head = { domain: 'kafkaBronze.other.job', configuration: '{}', removed: false };
  await commitActions(store, await loadState(store), [{ domainMetadata: head }]);
  await expect(lane.reset({ to: { kind: 'earliest' }, rows: 'discard' })).rejects.toMatchObject({
    code: 'RESET_INVALID',
  });
  await expect(lane.open()).rejects.toMatchObject({ code: 'TABLE_OWNED_BY_ANOTHER_JOB' });
});

test('of two jobs that open one table of an output at once, the second to come is turned away', async ({
  topic,
  laneWith,
  lakeFolder,
}) => {
  const lane = await laneWith({ running });
  const table = { path: `${lakeFolder}/other_{topic}` };
  const other = await laneWith({ running }, { document: { name: `${lane.spec.name}-2`, table } });
  const { outputTable } = lane;
  const commit = outputTable.commit.bind(outputTable);
  // Both have seen that there is no table.
  outputTable.commit = async (request) => {
    outputTable.commit = commit;
    await other.open();
    return commit(request);
  };
  await expect(lane.open()).rejects.toMatchObject({ code: 'TABLE_OWNED_BY_ANOTHER_JOB' });
  await topic.send(event(1, 'a', 1));
  await other.ingest();
  expect(await other.query(runningSql)).toEqual([['a', 1, 1]]);
});

test('lanes whose jobs and topics make the same name with a dot between them have no output table in common', async ({
  kafka,
  createJob,
  lakeFolder,
  transforms,
}) => {
  const { name } = await kafka.createTopic();
  const [first, second] = [name, `x.${name}`];
  await kafka.admin.createTopics({ topics: [{ topic: second, numPartitions: 1 }] });
  kafka.own([second]);
  const laneOf = async (job: string, topic: string): Promise<SteppedLane> => {
    const outputs = { changes: { path: `${lakeFolder}/changes`, changes: { key: ['id'], of: ['value'] } } };
    const steps = { parse: { format: 'json', schema: { id: 'string', value: 'int' } } };
    const table = { path: `${lakeFolder}/${job}` };
    const { spec } = await createJob({ topics: [topic], document: { name: job, steps, table, outputs } });
    const lane = new SteppedLane(spec, topic, transforms);
    onTestFinished(() => lane[Symbol.asyncDispose]());
    return lane;
  };
  await (await laneOf('job.x', first)).open();
  await expect((await laneOf('job', second)).open()).rejects.toMatchObject({ code: 'TABLE_OWNED_BY_ANOTHER_JOB' });
});
