import { beforeAll, describe, expect, it } from 'vitest';
import { activeFiles } from '../../src/delta/log/active-files.ts';
import { removeOf, type Action } from '../../src/delta/actions.ts';
import { dataFilePath } from '../../src/delta/data-file-path.ts';
import { loadTableState } from '../../src/delta/load-table-state.ts';
import { newTableActions } from '../../src/delta/new-table.ts';
import { field, struct } from '../../src/model/table/table-schema.ts';
import { LocalObjectStore } from '../../src/storage/local-object-store.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { collect } from '../support/collect.ts';
import { commitActions } from '../support/delta-table.ts';
import { readParquetRows } from '../../src/lake/table/table-log.ts';
import { writeParquet } from '../support/duckdb-parquet.ts';
import { KeyedTable } from '../support/keyed-table.ts';
import { pythonWith, readers, type Python } from '../support/python.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

let python: Python;

beforeAll(async () => {
  python = await pythonWith([readers.deltalake, readers.pyarrow]);
});

const schema = struct(
  field('id', 'long', false),
  field('name', 'string'),
  field('at', 'timestamp'),
  field('price', 'decimal(10,2)'),
  field('tags', { type: 'array', elementType: 'string', containsNull: true }),
  field('attributes', { type: 'map', keyType: 'string', valueType: 'long', valueContainsNull: true }),
  field('place', struct(field('lat', 'double'), field('lon', 'double'))),
  field('day', 'date'),
);

function rows(from: number, to: number): string {
  return `SELECT i::BIGINT id, 'n' || i AS name, TIMESTAMPTZ '2026-01-01 00:00:00.123456Z' + INTERVAL (i) SECOND AS at,
    (i / 100.0)::DECIMAL(10, 2) price, ['a', NULL] tags, MAP {'k': i::BIGINT} attributes,
    {'lat': 1.5::DOUBLE, 'lon': -0.25::DOUBLE} place FROM range(${from}, ${to}) r(i)`;
}

async function newPartitionedTable(): Promise<ObjectStore> {
  const store = new LocalObjectStore(await scratchFolder());
  const actions = newTableActions({
    schema,
    partitionColumns: ['day'],
    properties: { 'delta.appendOnly': 'false' },
    description: 'rides',
  });
  await commitActions(store, undefined, actions);
  return store;
}

describe('delta-rs', () => {
  it('reads a table that we wrote: rows, types, transaction identifiers, history and older versions', async () => {
    const store = await newPartitionedTable();
    const first = await writeParquet(store.root, 'data/part 1.parquet', rows(0, 10), { day: '2026-01-01' });
    const second = await writeParquet(store.root, 'data/part-2.parquet', rows(10, 15), { day: null });
    await commitActions(store, undefined, [{ add: first }, { txn: { appId: 'job/topic/0', version: '10' } }]);
    await commitActions(store, undefined, [{ add: second }, { txn: { appId: 'job/topic/0', version: '15' } }]);
    await commitActions(store, undefined, [{ remove: removeOf(first, Date.now()) }]);

    const seen = await python.json(
      `
from deltalake import DeltaTable
def read(version=None):
    table = DeltaTable(input, version=version)
    return table, table.to_pyarrow_table().sort_by('id')
table, rows = read()
older, older_rows = read(2)
emit({
  'version': table.version(),
  'ids': rows['id'].to_pylist(),
  'older_ids': older_rows['id'].to_pylist(),
  'older_days': sorted(set(map(str, older_rows['day'].to_pylist()))),
  'first': {k: str(v) for k, v in older_rows.slice(0, 1).to_pylist()[0].items()},
  'types': {f.name: str(f.type) for f in older_rows.schema},
  'txn': table.transaction_version('job/topic/0'),
  'operations': [h['operation'] for h in table.history()],
  'description': table.metadata().description,
  'protocol': [table.protocol().min_reader_version, table.protocol().min_writer_version],
})`,
      store.root,
    );
    expect(seen).toEqual({
      version: 3,
      ids: [10, 11, 12, 13, 14],
      older_ids: Array.from({ length: 15 }, (_, id) => id),
      older_days: ['2026-01-01', 'None'],
      first: {
        id: '0',
        name: 'n0',
        at: '2026-01-01 00:00:00.123456+00:00',
        price: '0.00',
        tags: "['a', None]",
        attributes: "[('k', 0)]",
        place: "{'lat': 1.5, 'lon': -0.25}",
        day: '2026-01-01',
      },
      types: expect.objectContaining({
        at: 'timestamp[us, tz=UTC]',
        price: 'decimal128(10, 2)',
        day: 'date32[day]',
      }) as object,
      txn: 15,
      operations: ['STREAMING UPDATE', 'STREAMING UPDATE', 'STREAMING UPDATE', 'STREAMING UPDATE'],
      description: 'rides',
      protocol: [1, 2],
    });
  });

  it('writes tables that we read, and appends to ours between our own commits', async () => {
    const store = await newPartitionedTable();
    const base = await loadTableState(store);
    const ours = await writeParquet(store.root, 'ours.parquet', rows(0, 3), { day: '2026-01-01' });
    await python.json(
      `
import pyarrow as pa, datetime
from deltalake import DeltaTable, write_deltalake
table = DeltaTable(input)
batch = pa.Table.from_pylist([{'id': 100, 'name': 'theirs', 'day': datetime.date(2026, 1, 2)}],
    schema=pa.schema(table.schema().to_arrow()))
write_deltalake(input, batch, mode='append')
emit(None)`,
      store.root,
    );
    const state = await commitActions(store, base, [{ add: ours }]);
    expect(state.version).toBe(2);
    const files = await collect(activeFiles(store, state));
    expect(files.map(({ partitionValues }) => partitionValues['day'])).toEqual(['2026-01-01', '2026-01-02']);
    for (const { path, size } of files) {
      expect(await store.head(dataFilePath(path, store.root))).toMatchObject({ sizeBytes: size });
    }
  });

  it('sees a table with a column that needs table features', async () => {
    const store = new LocalObjectStore(await scratchFolder());
    const ntz = struct(field('id', 'long'), field('local', 'timestamp_ntz'));
    await commitActions(store, undefined, newTableActions({ schema: ntz, partitionColumns: [] }));
    const query = "SELECT 1::BIGINT id, TIMESTAMP '2026-01-01 00:00:00' AS local";
    await commitActions(store, undefined, [{ add: await writeParquet(store.root, 'part.parquet', query) }]);
    const seen = await python.json(
      `
from deltalake import DeltaTable
table = DeltaTable(input)
emit([str(table.protocol().reader_features), str(table.to_pyarrow_table()['local'].type)])`,
      store.root,
    );
    expect(seen).toEqual(["['timestampNtz']", 'timestamp[us]']);
  });

  it('reads past our deletion vectors, in the log and in files, where it reads tables with them', async () => {
    const table = await KeyedTable.create({
      schema: struct(field('id', 'long'), field('v', 'long')),
      keyColumns: ['id'],
      properties: { 'delta.enableDeletionVectors': 'true' },
      strategy: 'deletionVectors',
    });
    const replacing = (ids: string, v: number): string => `SELECT i AS id, ${v}::BIGINT AS v FROM ${ids} t(i)`;
    await table.replace({ newRows: replacing('range(0, 9000)', 0) });
    await table.replace({ newRows: replacing('range(0, 9000, 7)', 1) });
    await table.replace({ newRows: replacing('range(5, 9)', 2) });
    const sql = 'SELECT count(*) AS n, count(DISTINCT id) AS ids, sum(v) AS v FROM t';
    const [ours] = await table.query(sql);
    const seen = await python.json(
      `
from deltalake import DeltaTable, QueryBuilder
table = DeltaTable(input['root'])
rows = QueryBuilder().register('t', table).execute(input['sql']).read_all()
try:
    table.to_pyarrow_table()
    refusal = None
except Exception as error:
    refusal = str(error)
emit([[str(rows.column(name)[0].as_py()) for name in ('n', 'ids', 'v')], refusal])`,
      { root: table.store.root, sql },
    );
    expect(seen).toEqual([ours?.split(' '), expect.stringContaining('deletionVectors')]);
  });

  it('checkpoints and cleans up our log, and we go on behind its checkpoint', async () => {
    const store = await newPartitionedTable();
    const adds: Action[] = [];
    for (let file = 0; file < 4; file += 1) {
      const day = `2026-01-0${file + 1}`;
      adds.push({ add: await writeParquet(store.root, `part-${file}.parquet`, rows(file, file + 1), { day }) });
    }
    const txn = (version: bigint): Action => ({ txn: { appId: 'counter', version: `${version}` } });
    const [one, two, three, four] = adds;
    await commitActions(store, undefined, [one!, two!, txn(9_007_199_254_740_993n)]);
    const behind = await commitActions(store, undefined, [three!]);
    await python.json(
      `
from deltalake import DeltaTable
DeltaTable(input).create_checkpoint()
emit(None)`,
      store.root,
    );
    for (const version of [0, 1]) await store.delete(`_delta_log/0000000000000000000${version}.json`);
    await commitActions(store, behind, [four!, { remove: { path: 'part-0.parquet', dataChange: true } }]);

    const state = await loadTableState(store, { readParquetRows });
    expect(state).toMatchObject({ version: 3, partitionColumns: ['day'], schema });
    expect(state?.txns.get('counter')).toBe('9007199254740993');
    const files = await collect(activeFiles(store, state!, { readParquetRows }));
    expect(files.map(({ path }) => path).toSorted()).toEqual(['part-1.parquet', 'part-2.parquet', 'part-3.parquet']);
    expect(files.find(({ path }) => path === 'part-2.parquet')).toMatchObject({
      partitionValues: { day: '2026-01-03' },
      stats: expect.stringContaining('"numRecords":1') as string,
    });
    await expect(loadTableState(store)).rejects.toMatchObject({
      code: 'TABLE_FEATURE_UNSUPPORTED',
      message: expect.stringContaining('00000000000000000002.checkpoint.parquet') as string,
    });
  });
});
