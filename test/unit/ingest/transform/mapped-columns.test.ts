import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { AddAction } from '../../../../src/delta/actions.ts';
import { dataFilePath } from '../../../../src/delta/data-file-path.ts';
import { fitTable } from '../../../../src/delta/schema/evolve-table.ts';
import { discardInFiles } from '../../../../src/ingest/discard/discard-in-files.ts';
import { discardActions } from '../../../../src/ingest/discard/discard-rows.ts';
import { addActionsOf, readStagedFiles } from '../../../../src/ingest/commit/staged-adds.ts';
import { physicalFields, physicalName } from '../../../../src/model/table/column-mapping.ts';
import { field, struct } from '../../../../src/model/table/table-schema.ts';
import { openLakeSession } from '../../../../src/lake/lake-session.ts';
import { runQuery } from '../../../../src/lake/query/query.ts';
import { optimizeTable } from '../../../../src/maintain/optimize-table.ts';
import { createRewritePool } from '../../../../src/maintain/rewrite-pool.ts';
import { BatchIntoTable, jsonJob } from '../../../support/batch-into-table.ts';
import { collect } from '../../../support/collect.ts';
import { commitActions } from '../../../support/delta-table.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';
import { unpackSparkTables } from '../../../support/spark-tables.ts';

/** What the lake's view shows, as JSON. */
async function query(root: string, sql: string): Promise<unknown> {
  return runQuery(sql.replace('FROM t', `FROM '${root}'`), { lake: root }, async ({ blocks }) =>
    (await collect(blocks)).flat(),
  );
}

/** Names and field ids of the columns in a Parquet file. */
async function parquetColumns(file: string): Promise<Record<string, unknown>> {
  await using session = await openLakeSession({ threads: 1 });
  const reader = await session.read(`SELECT name, field_id FROM parquet_schema('${file}') WHERE field_id IS NOT NULL`);
  return Object.fromEntries(reader.getRows().map(([name, id]) => [String(name), Number(id)]));
}

const structured = [
  field('id', 'long'),
  field('title', 'string'),
  field('s', struct(field('a', 'long'), field('c', 'string'), field('extra', 'string'))),
  field('p', 'date'),
  field('fresh', { type: 'array', elementType: struct(field('x', 'long')), containsNull: true }),
];

describe('a batch into a table whose columns Spark maps by name', () => {
  test('has the names and ids of the table everywhere, and gives them to columns that are new', async () => {
    const folder = await scratchFolder();
    await unpackSparkTables(folder);
    const root = join(folder, 'mapped-by-name-with-deletion-vectors');
    const before = await query(root, 'SELECT count(*), count(title), count(s.a) FROM t');
    expect(before).toEqual([[34n, 31n, 34n]]);
    const batch = new BatchIntoTable(jsonJob(root, structured));
    await batch.open();
    const staged = await batch.stage([
      { id: 1000, title: 'one', s: { a: 5, c: 'see', extra: 'more' }, p: '2026-03-01', fresh: [{ x: 7 }] },
      { id: 1001, title: null, s: null, p: null },
    ]);
    expect(await batch.commit(staged)).toMatchObject({ kind: 'committed', summary: { rows: 2 } });

    expect(await query(root, 'SELECT count(*), count(title), count(s.a) FROM t')).toEqual([[36n, 32n, 35n]]);
    expect(await query(root, 'SELECT * FROM t WHERE id >= 1000 ORDER BY id')).toEqual([
      [1000n, 'one', { a: 5n, c: 'see', extra: 'more' }, '2026-03-01', null, [{ x: 7n }]],
      [1001n, null, null, null, null, null],
    ]);
    const state = (await batch.table.refresh())!;
    expect(state.metaData.configuration['delta.columnMapping.maxColumnId']).toBe('10');
    const physical = physicalFields(state.schema.fields, 'name').map(({ name }) => name);
    expect(new Set(physical).size).toBe(6);
    expect(physical.every((name) => /^col-[0-9a-f-]{36}$/.test(name))).toBe(true);
    const [id = '', , , p = '', , fresh = ''] = physical;
    const add = (await addsOf(batch)).find(({ partitionValues }) => partitionValues[p] === '2026-03-01');
    expect(JSON.parse(add?.stats ?? '')).toMatchObject({ minValues: { [id]: 1000 }, nullCount: { [fresh]: 0 } });
    const columns = await parquetColumns(join(root, dataFilePath(add?.path ?? '', root)));
    expect(columns).toMatchObject({ [id]: 1, [fresh]: 9 });
    expect(Object.values(columns).toSorted()).toEqual([1, 10, 2, 3, 4, 5, 8, 9]);
  });

  test('is done again where another writer took the names of its new columns', async () => {
    const folder = await scratchFolder();
    await unpackSparkTables(folder);
    const root = join(folder, 'mapped-by-name-with-deletion-vectors');
    const batch = new BatchIntoTable(jsonJob(root, [field('id', 'long'), field('note', 'string'), field('p', 'date')]));
    await batch.open();
    const staged = await batch.stage([{ id: 1000, note: 'x', p: '2026-03-01' }]);
    const state = (await batch.table.refresh())!;
    const other = fitTable(state, struct(field('other', 'string')));
    if (other.kind !== 'evolves') throw new Error('the column is there');
    await commitActions(batch.table.store, state, other.actions);
    expect(await batch.commit(staged)).toMatchObject({ kind: 'reopen', reason: /other names/ });
    expect(await batch.commit(await batch.stage([{ id: 1000, note: 'x', p: '2026-03-01' }]))).toMatchObject({
      kind: 'committed',
    });
    expect(await query(root, 'SELECT note, other FROM t WHERE id = 1000')).toEqual([['x', null]]);
  });
});

test('a batch into a table whose columns Spark maps by id is found by its ids', async () => {
  const folder = await scratchFolder();
  await unpackSparkTables(folder);
  const root = join(folder, 'mapped-by-id-with-parts');
  const batch = new BatchIntoTable(
    jsonJob(root, [field('id', 'long'), field('half', 'double'), field('new', 'string')]),
  );
  await batch.open();
  await batch.commit(await batch.stage([{ id: 100, half: 50, new: 'n' }]));
  expect(await query(root, 'SELECT * FROM t WHERE id >= 11 ORDER BY id')).toEqual([
    [11n, 5.5, null],
    [100n, 50, 'n'],
  ]);
});

describe.each(['name', 'id'])('a table that a job makes with columns mapped by %s', (mode) => {
  test('takes batches, and is optimised', async () => {
    const root = join(await scratchFolder(), 'table');
    const batch = new BatchIntoTable(jsonJob(root, structured, { 'delta.columnMapping.mode': mode }));
    await batch.open();
    const values = Array.from({ length: 20 }, (_, id) => ({
      id,
      title: `t${id}`,
      s: { a: id, c: 'c', extra: null },
      p: '2026-01-01',
      fresh: [{ x: id }],
    }));
    await batch.commit(await batch.stage(values));
    const files = await addsOf(batch);
    const state = (await batch.table.refresh())!;
    expect(state.protocol).toEqual({
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ['columnMapping'],
      writerFeatures: ['appendOnly', 'invariants', 'columnMapping'],
    });
    expect(state.metaData.configuration).toMatchObject({ 'delta.columnMapping.maxColumnId': '9' });
    expect(state.partitionColumns).toEqual(['p']);
    const rows = await query(root, 'SELECT * FROM t ORDER BY id');
    // The same rows once more, as another writer's append.
    const again = await batch.stage(values);
    const staged = await readStagedFiles(
      batch.table.store,
      again.groups.map(({ dataFiles }) => dataFiles),
    );
    await commitActions(batch.table.store, state, addActionsOf(staged, 1));
    const pool = createRewritePool({ memoryBytes: 256 * 1024 * 1024 });
    onTestFinished(() => pool.close());
    const { signal } = new AbortController();
    const outcome = await optimizeTable({
      table: batch.table,
      rewrite: pool.rewrite,
      signal,
      targetFileSizeBytes: 64 * 1024 * 1024,
    });
    expect(outcome).toMatchObject({ removedFiles: 2, addedFiles: 1 });
    expect(await query(root, 'SELECT DISTINCT * FROM t ORDER BY id')).toEqual(rows);
    const [joined] = await addsOf(batch);
    const [id = field('', 'long')] = state.schema.fields;
    expect(joined?.partitionValues).toEqual(files[0]?.partitionValues);
    expect(JSON.parse(joined?.stats ?? '')).toMatchObject({
      numRecords: 40,
      maxValues: { [physicalName(id, 'name')]: 19 },
    });
    expect(await parquetColumns(join(root, joined?.path ?? ''))).toEqual(
      await parquetColumns(join(root, files[0]?.path ?? '')),
    );
  });
});

test.each(['name', 'id'])('duplicates are found in a table whose columns are mapped by %s', async (mode) => {
  const job = jsonJob(join(await scratchFolder(), 'table'), structured, { 'delta.columnMapping.mode': mode });
  const deduplicate = { key: ['id', 's.c', 'p'], keep: 'first', scope: 'table', nullKeys: 'distinct' } as const;
  const batch = new BatchIntoTable({ ...job, steps: { ...job.steps, deduplicate } });
  await batch.open();
  const value = (id: number, c: string): unknown => ({ id, title: 't', s: { a: 1, c }, p: '2026-01-01' });
  await batch.commit(await batch.stage([value(1, 'x'), value(2, 'x')]));
  const { groups } = await batch.stage([value(1, 'x'), value(2, 'y'), value(3, 'x')]);
  expect(groups).toMatchObject([{ duplicates: { inBatch: 0, inTable: 1 } }]);
});

test.each(['name', 'id'])('rows are discarded from a table whose columns are mapped by %s', async (mode) => {
  const folder = await scratchFolder();
  const root = join(folder, 'table');
  const job = jsonJob(root, structured, { 'delta.columnMapping.mode': mode });
  const coordinates = [
    { name: 'partition', source: 'partition' },
    { name: 'offset', source: 'offset' },
  ] as const;
  const batch = new BatchIntoTable({ ...job, steps: { ...job.steps, metadata: { columns: coordinates } } });
  await batch.open();
  await batch.commit(await batch.stage([1, 2, 3].map((id) => ({ id, s: { a: id, c: 'c' }, p: '2026-01-01' }))));
  const state = (await batch.table.refresh())!;
  const discarding = await discardActions(
    {
      ...{ table: batch.table, state, topic: 'events' },
      columns: { partition: 'partition', offset: 'offset' },
      from: [{ partition: 0, offset: '1' }],
    },
    (request, signal) =>
      discardInFiles({ ...request, scratchFolder: join(folder, 'discard'), memoryBytes: 1 << 28 }, signal),
    new AbortController().signal,
  );
  await commitActions(batch.table.store, state, discarding);
  expect(await query(root, 'SELECT id, s, p, "offset" FROM t')).toEqual([
    [1n, { a: 1n, c: 'c', extra: null }, '2026-01-01', 0n],
  ]);
});

async function addsOf(batch: BatchIntoTable): Promise<AddAction[]> {
  const state = await batch.table.refresh();
  return state ? collect(batch.table.files(state, { deletionVectors: 'return' })) : [];
}
