import { expect, onTestFinished, vi } from 'vitest';
import { removeOf } from '../../../src/delta/actions.ts';
import type { TableHandle } from '../../../src/ingest/connections.ts';
import { createRewritePool } from '../../../src/maintain/rewrite-pool.ts';
import { optimizeTable } from '../../../src/maintain/optimize-table.ts';
import { vacuumTable } from '../../../src/maintain/vacuum-table.ts';
import { pathForTopic } from '../../../src/model/job/job-spec.ts';
import type { VerifyReport } from '../../../src/verify/verify-report.ts';
import { collect } from '../../support/collect.ts';
import { commitActions } from '../../support/delta-table.ts';
import { event, running, test, windows } from '../../support/outputs-fixture.ts';
import type { SteppedLane } from '../../support/stepped-lane.ts';

const current = { merge: { key: ['id'], orderBy: 'ts', deleteWhen: 'value < 0' } };
const changed = { changes: { key: ['id'], of: ['value'] } };

function tableOf({ connections, spec, topic }: SteppedLane, name: string): TableHandle {
  const { path = '' } = spec.outputs?.find((output) => output.name === name) ?? {};
  return connections.table(pathForTopic(path, topic));
}

async function filesOf(table: TableHandle) {
  const state = await table.refresh();
  if (!state) throw new Error('there is no table');
  return { state, files: await collect(table.files(state, { deletionVectors: 'return' })) };
}

test('columns that come while a job goes on are in what its outputs have of rows, and their values are proven', async ({
  topic,
  laneWith,
}) => {
  const outputs = { current, changed: { changes: { key: ['id'], of: ['value', 'ts'] } } };
  const before = await laneWith(outputs);
  await topic.send(event(1, 'a', 1), event(1, 'b', 1, 1), event(2, 'a', 2));
  await before.ingest();
  const lane = await laneWith(outputs, { schema: { colour: 'string', size: 'struct<w int, h int>' } });
  const coloured = { id: 'a', ts: '2026-11-20T08:00:00Z', value: 3, colour: 'red', size: { w: 1, h: 2 } };
  await topic.send({ partition: 0, value: JSON.stringify(coloured) }, event(3, 'b', 1, 1));
  await lane.ingest();
  await topic.send(event(4, 'b', -1, 1), { partition: 0, value: JSON.stringify({ ...coloured, id: 'c' }) });
  await lane.ingest();
  await lane.expectProven();
  expect(await lane.query('SELECT id, value, colour, size.h FROM current ORDER BY id')).toEqual([
    ['a', 3, 'red', 2],
    ['c', 3, 'red', 2],
  ]);
  expect(await lane.query('SELECT id, value, previous_value, colour FROM changed ORDER BY id, ts')).toEqual([
    ['a', 1, null, null],
    ['a', 2, 1, null],
    ['a', 3, 2, 'red'],
    ['b', 1, null, null],
    ['b', 1, 1, null],
    ['b', -1, 1, null],
    ['c', 3, null, 'red'],
  ]);
});

test('tables of outputs that are optimised and vacuumed between batches go on as they were', async ({
  topic,
  laneWith,
}) => {
  const lane = await laneWith({ running, windows, current, changed });
  const rewrites = createRewritePool({ memoryBytes: 128 * 1024 * 1024 });
  onTestFinished(() => rewrites.close());
  const { signal } = new AbortController();
  let [joined, deleted] = [0, 0];
  for (const round of [0, 1, 2, 3]) {
    const records = [0, 1, 2, 3].map((n) => event(10 * round + n, `k${String((n + round) % 3)}`, n - round, n % 2));
    await topic.send(...records);
    await lane.ingest();
    if (round % 2 === 0) continue;
    // As if more time had passed than files stay that have left a table.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 30 * 86_400_000 });
    try {
      for (const name of ['running', 'windows', 'current', 'changed']) {
        const table = tableOf(lane, name);
        const files = { targetFileSizeBytes: 1 << 20, clustering: undefined };
        const { removedFiles } = await optimizeTable({ table, rewrite: rewrites.rewrite, signal, ...files });
        const { deletedFiles } = await vacuumTable({ table, signal });
        joined += removedFiles;
        deleted += deletedFiles;
      }
    } finally {
      vi.useRealTimers();
    }
  }
  expect(joined).toBeGreaterThan(2);
  expect(deleted).toBeGreaterThan(2);
  await lane.expectProven();
});

test('a job that ends when it has read all goes on with its outputs when it is started again', async ({
  topic,
  laneWith,
}) => {
  const outputs = { running, final: { ...windows, mode: 'append' } };
  const lane = await laneWith(outputs, { document: { trigger: 'availableNow' } });
  for (const second of [1, 12]) {
    await topic.send(event(second, 'a', 1), event(second, 'b', 2, 1), event(second + 20, 'end', 0, second % 2));
    const position = await lane.open();
    const staged = await lane.stage(position);
    await lane.commitOutputs(staged);
    await lane.commitRows(staged);
    expect(await lane.poll(await lane.open(position))).toEqual({ kind: 'drained' });
  }
  await lane.expectProven();
  expect(await lane.query('SELECT id, n::INTEGER, total::INTEGER FROM running ORDER BY id')).toEqual([
    ['a', 2, 2],
    ['b', 2, 4],
    ['end', 2, 0],
  ]);
});

test('what another writer takes out of an output is found and named', async ({ topic, laneWith }) => {
  const lane = await laneWith({ changed, running });
  await topic.send(event(1, 'a', 1), event(1, 'b', 2, 1));
  await lane.ingest();
  await topic.send(event(2, 'a', 4));
  await lane.ingest();
  await lane.expectProven();

  const further = { ...running, aggregates: { ...running.aggregates, most: 'max(value)' } };
  const other = await laneWith({ running: further });
  expect((await other.verify()).topics[0]?.outputs).toMatchObject([
    { verdict: 'unproven', notes: [expect.stringMatching(/columns that it needs.*most/)] },
  ]);

  const table = tableOf(lane, 'changed');
  const { state, files } = await filesOf(table);
  const [newest] = files;
  if (!newest) throw new Error('the table has no files');
  await commitActions(table.store, state, [{ remove: removeOf(newest, Date.now()) }]);
  const report: VerifyReport = await lane.verify();
  expect(report).toMatchObject({ same: false, differenceCount: 1 });
  expect(report.differences).toMatchObject([
    { kind: 'outputRowMissing', output: 'changed', row: '_kafka_partition 0 _kafka_offset 1' },
  ]);
  expect(report.topics[0]?.outputs).toMatchObject([
    { output: 'changed', rows: 2, expectedRows: 3, records: 3, differences: 1, verdict: 'different' },
    { output: 'running', rows: 2, expectedRows: 2, records: 3, differences: 0, verdict: 'same' },
  ]);
});

test('a condition that removes keys may become another one, and what it made before is doubted, not wrong', async ({
  topic,
  laneWith,
}) => {
  const before = await laneWith({ current });
  await topic.send(event(1, 'a', -1), event(1, 'b', 1));
  await before.ingest();
  const lane = await laneWith({ current: { merge: { ...current.merge, deleteWhen: 'value < -5' } } });
  await topic.send(event(2, 'c', -1));
  await lane.ingest();
  expect(await lane.query('SELECT id FROM current ORDER BY id')).toEqual([['b'], ['c']]);
  const { topics } = await lane.verify();
  expect(topics[0]?.outputs).toMatchObject([{ verdict: 'unproven', differences: 0, unprovenRows: 1 }]);
});
