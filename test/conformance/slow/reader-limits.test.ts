import { beforeAll, describe, expect, test } from 'vitest';
import type { PartitionValues } from '../../../src/delta/actions.ts';
import { newTableActions } from '../../../src/delta/new-table.ts';
import { field, struct, type StructType } from '../../../src/model/table/table-schema.ts';
import { LocalObjectStore } from '../../../src/storage/local-object-store.ts';
import { commitActions } from '../../support/delta-table.ts';
import { writeParquet } from '../../support/duckdb-parquet.ts';
import { pythonWith, readers, type Python } from '../../support/python.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

let python: Python;

beforeAll(async () => {
  python = await pythonWith(Object.values(readers));
}, 300_000);

interface OneFile {
  readonly sql: string;
  readonly partitionValues?: PartitionValues;
  readonly stats?: unknown;
}

/** Gives the root of a table with one file. */
async function tableOf(schema: StructType, { sql, partitionValues = {}, stats }: OneFile): Promise<string> {
  const store = new LocalObjectStore(await scratchFolder());
  const partitionColumns = Object.keys(partitionValues);
  const state = await commitActions(store, undefined, newTableActions({ schema, partitionColumns }));
  const add = await writeParquet(store.root, 'file.parquet', sql, partitionValues);
  await commitActions(store, state, [{ add: stats === undefined ? add : { ...add, stats: JSON.stringify(stats) } }]);
  return store.root;
}

/** docs/other-engines.md tells users of these: what ends with a new release of a reader is to be taken out there. */
describe('limits of other readers', () => {
  const twoOf = (sql: string): string => `SELECT id::BIGINT AS id, ${sql} FROM range(2) t(id)`;
  const bounds = { numRecords: 2, minValues: { id: 0 }, maxValues: { id: 1 } };
  const counts = `
import pyarrow.compute as pc
from deltalake import DeltaTable, QueryBuilder
table = DeltaTable(input)
def counts(condition, sql):
    by_sql = QueryBuilder().register('t', table).execute(f'select count(*) as n from t where {sql}').read_all()['n'].to_pylist()[0]
    return [table.to_pyarrow_dataset().to_table(filter=condition).num_rows, by_sql]
`;

  test('PyArrow datasets of delta-rs miss rows of files without bounds for the column, and SQL does not', async () => {
    const sql = twoOf(`CASE id WHEN 0 THEN 'nan'::DOUBLE ELSE 5 END AS ratio`);
    const stats = { ...bounds, nullCount: { id: 0, ratio: 0 } };
    const root = await tableOf(struct(field('id', 'long'), field('ratio', 'double')), { sql, stats });
    const script = `${counts}\nemit(counts(pc.field('ratio') <= 5.0, 'ratio <= 5.0'))`;
    expect(await python.json(script, root)).toEqual([0, 1]);
  });

  test('PyArrow datasets of delta-rs find no nulls in a column that a file lacks, and SQL does', async () => {
    const sql = 'SELECT id::BIGINT AS id FROM range(2) t(id)';
    const stats = { ...bounds, nullCount: { id: 0 } };
    const root = await tableOf(struct(field('id', 'long'), field('late', 'string')), { sql, stats });
    const script = `${counts}\nemit(counts(pc.field('late').is_null(), 'late is null'))`;
    expect(await python.json(script, root)).toEqual([0, 2]);
  });

  test('PyArrow datasets of delta-rs refuse negative decimals with a fraction as partition values, and SQL reads them', async () => {
    const schema = struct(field('id', 'long'), field('price', 'decimal(10,2)'));
    const sql = 'SELECT id::BIGINT AS id FROM range(2) t(id)';
    const root = await tableOf(schema, { sql, partitionValues: { price: '-1.50' } });
    const script = `
from deltalake import DeltaTable, QueryBuilder
table = DeltaTable(input)
try:
    table.to_pyarrow_dataset().to_table()
    refusal = None
except Exception as error:
    refusal = type(error).__name__
rows = QueryBuilder().register('t', table).execute('select price from t').read_all()
emit([refusal, [str(price) for price in rows['price'].to_pylist()]])`;
    expect(await python.json(script, root)).toEqual(['ArrowInvalid', ['-1.50', '-1.50']]);
  });

  test('polars takes partition values from folders, and reads nulls where files lie in none', async () => {
    const schema = struct(field('id', 'long'), field('day', 'date'));
    const sql = 'SELECT id::BIGINT AS id FROM range(2) t(id)';
    const root = await tableOf(schema, { sql, partitionValues: { day: '2026-11-20' } });
    const script = `
import polars
emit(polars.scan_delta(input).collect()['day'].to_list())`;
    expect(await python.json(script, root)).toEqual([null, null]);
  });

  test.each([
    ['list', field('tags', { type: 'array', elementType: 'string', containsNull: true }), `['a']`],
    [
      'map',
      field('tags', { type: 'map', keyType: 'string', valueType: 'string', valueContainsNull: true }),
      `MAP {'a': 'b'}`,
    ],
  ])('polars cannot filter by a field of a struct with a %s', async (_, tags, value) => {
    const schema = struct(field('id', 'long'), field('place', struct(field('lat', 'double'), tags)));
    const stats = {
      numRecords: 2,
      minValues: { id: 0, place: { lat: 1 } },
      maxValues: { id: 1, place: { lat: 1 } },
      nullCount: { id: 0, place: { lat: 0 } },
    };
    const root = await tableOf(schema, { sql: twoOf(`{'lat': 1::DOUBLE, 'tags': ${value}} AS place`), stats });
    const script = `
import polars
rows = polars.scan_delta(input)
try:
    rows.filter(polars.col('place').struct.field('lat') <= 1.0).collect()
    refusal = None
except Exception as error:
    refusal = str(error)[:200]
emit([rows.collect().height, refusal])`;
    expect(await python.json(script, root)).toEqual([
      2,
      expect.stringContaining('structs do not have the same number of fields'),
    ]);
  });
});
