import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { field, struct, type PrimitiveType } from '../../../../src/model/table/table-schema.ts';
import { duckType } from '../../../../src/model/pipeline/sql-text.ts';
import { openObjectStore } from '../../../../src/storage/open-object-store.ts';
import { FailingStore } from '../../../support/failing-store.ts';
import { KeyedTable } from '../../../support/keyed-table.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';
import { propertyRuns } from '../../../support/property/property-runs.ts';

/** Values of each type as SQL, in no order: those that statistics bound loosely, or not at all, are among them. */
const hardValues = new Map<PrimitiveType, readonly string[]>([
  [
    'string',
    [
      `''`,
      `'a'`,
      `repeat('x', 31) || 'é'`,
      `repeat('x', 40) || 'a'`,
      `repeat('x', 40) || 'b'`,
      `repeat('🦆', 20)`,
      `'\uffff'`,
      `'O''Hara' || chr(0)`,
    ],
  ],
  ['long', ['-9223372036854775808', '9223372036854775807', '9223372036854775806', '0', '9007199254740993']],
  ['integer', ['-2147483648', '0', '2147483647']],
  ['byte', ['-128', '0', '127']],
  ['boolean', ['true', 'false']],
  ['double', [`'NaN'`, '0.0', `'Infinity'`, `'-Infinity'`, '1e-320', '0.1', '1e300']],
  ['float', [`'NaN'`, '0.0', '0.1', '16777217', '3e38']],
  ['date', [`'0001-01-01'`, `'1969-12-31'`, `'1970-01-01'`, `'2026-11-20'`, `'9999-12-31'`]],
  [
    'timestamp',
    [
      `'1969-12-31 23:59:59.999999+00'`,
      `'2026-11-20 07:00:00.000999+00'`,
      `'2026-11-20 07:00:00.001+00'`,
      `'0001-01-01 00:00:00+00'`,
    ],
  ],
  ['timestamp_ntz', [`'1969-12-31 23:59:59.999999'`, `'2026-11-20 07:00:00.000999'`, `'2026-11-20 07:00:00.001'`]],
  ['binary', [`''`, `'\\x00'`, `'\\xFF\\x00'`, `'abc'`]],
  [
    'decimal(38,10)',
    ['-9999999999999999999999999999.9999999999', '0', '0.0000000001', '12345678901234567890.0000000001'],
  ],
]);

describe.each([...hardValues])('keys of type %s', (type, values) => {
  it.each(['data', 'partition'] as const)('are found again in a %s column, null among them', async (place) => {
    if (place === 'partition' && type === 'binary') return;
    const table = await KeyedTable.create({
      schema: struct(field('k', type), field('v', 'long')),
      keyColumns: ['k'],
      partitionColumns: place === 'partition' ? ['k'] : [],
      properties: { 'delta.enableDeletionVectors': 'true' },
      strategy: 'deletionVectors',
    });
    // The empty text of a partition column is null, to all who read the log.
    const all = ['NULL', ...values.filter((value) => place === 'data' || value !== `''`)];
    const rows = (which: readonly string[], version: number): string => {
      const tuples = which.map(
        (value, index) => `(CAST(${value} AS ${duckType(type)}), ${version * 100 + index}::BIGINT)`,
      );
      return `SELECT * FROM (VALUES ${tuples.join(', ')}) t(k, v)`;
    };
    // Few rows in each file, so that statistics decide.
    for (let from = 0; from < all.length; from += 2)
      await table.replace({ newRows: rows(all.slice(from, from + 2), 0) });
    for (const [index, value] of all.entries()) {
      const replaced = await table.replace({ newRows: rows([value], index + 1) });
      expect({ value, goneRows: replaced.goneRows }).toEqual({ value, goneRows: 1 });
    }
    expect(await table.query('SELECT count(*), min(v), max(v) FROM t')).toEqual([
      `${all.length} 100 ${all.length * 100}`,
    ]);
  });
});

it('finds the row of an empty text, which is null as a partition value', async () => {
  const table = await KeyedTable.create({
    schema: struct(field('k', 'string'), field('v', 'long')),
    keyColumns: ['k'],
    partitionColumns: ['k'],
    properties: { 'delta.enableDeletionVectors': 'true' },
    strategy: 'deletionVectors',
  });
  await table.replace({ newRows: `SELECT '' AS k, 1::BIGINT AS v UNION ALL SELECT 'a', 2` });
  expect(await table.replace({ newRows: `SELECT '' AS k, 3::BIGINT AS v` })).toMatchObject({ goneRows: 1 });
  expect(await table.query('SELECT k, v FROM t ORDER BY v')).toHaveLength(2);
});

it('takes the two zeros of a floating-point number for one key', async () => {
  const table = await KeyedTable.create({
    schema: struct(field('k', 'double'), field('v', 'long')),
    keyColumns: ['k'],
    strategy: 'copyOnWrite',
  });
  const row = (zero: string, v: number): string => `SELECT CAST('${zero}' AS DOUBLE) AS k, ${v}::BIGINT AS v`;
  await table.replace({ newRows: row('0.0', 1) });
  expect(await table.replace({ newRows: row('-0.0', 2) })).toMatchObject({ goneRows: 1 });
  expect(await table.replace({ newRows: row('0.0', 3) })).toMatchObject({ goneRows: 1 });
  expect(await table.query('SELECT v FROM t')).toEqual(['3']);
});

/** A store that the engine cannot read by itself. */
class DistantStore extends FailingStore {
  override readonly root = 's3://bucket/table';
  readonly ranges: string[] = [];

  override readerUrl(): undefined {
    return undefined;
  }

  override getRange(path: string, range: Parameters<FailingStore['getRange']>[1]): Promise<Uint8Array | undefined> {
    this.ranges.push(path);
    return super.getRange(path, range);
  }
}

it('looks only into files of a distant store that may have a key, by partition values and statistics', async () => {
  const local = openObjectStore(join(await scratchFolder(), 'table'));
  const store = new DistantStore(local, []);
  const table = await KeyedTable.create({
    schema: struct(field('id', 'long'), field('at', 'timestamp'), field('day', 'date')),
    keyColumns: ['id', 'day'],
    partitionColumns: ['day'],
    strategy: 'copyOnWrite',
    store,
  });
  const rows = (from: number, to: number, day: number): string =>
    `SELECT i AS id, TIMESTAMPTZ '2026-11-20 07:00:00Z' AS at, DATE '2026-11-01' + ${day} AS day FROM range(${from}, ${to}) t(i)`;
  for (const day of [0, 1])
    for (const from of [0, 100, 200]) await table.replace({ newRows: rows(from, from + 100, day) });
  store.ranges.length = 0;
  const replaced = await table.replace({ newRows: `${rows(150, 152, 1)} UNION ALL ${rows(400, 401, 1)}` });

  expect(replaced).toMatchObject({ goneRows: 2, newRows: 3 });
  expect(new Set(store.ranges)).toEqual(new Set(replaced.removes.map(({ path }) => decodeURIComponent(path))));
  expect(replaced.removes).toHaveLength(1);
  expect(await table.query('SELECT count(*), count(DISTINCT (id, day)) FROM t')).toEqual(['601 601']);
});

it('comes to the same with either strategy, whatever is replaced in whatever order', async () => {
  const step = fc.record({
    ids: fc.uniqueArray(fc.nat(60), { maxLength: 25 }),
    removesOnly: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (steps) => {
      const create = (strategy: 'copyOnWrite' | 'deletionVectors'): Promise<KeyedTable> =>
        KeyedTable.create({
          schema: struct(field('id', 'long'), field('v', 'long'), field('part', 'integer')),
          keyColumns: ['id'],
          partitionColumns: ['part'],
          properties: { 'delta.enableDeletionVectors': 'true' },
          strategy,
        });
      const expected = new Map<number, number>();
      const tables = [await create('copyOnWrite'), await create('deletionVectors')];
      for (const [index, { ids, removesOnly }] of steps.entries()) {
        const list = `[${ids.join(', ')}]::BIGINT[]`;
        const keys = `SELECT unnest(${list}) AS id`;
        const newRows = `SELECT id, ${index}::BIGINT AS v, CAST((id + ${index}) % 2 AS INTEGER) AS part FROM (${keys}) WHERE ${!removesOnly}`;
        for (const table of tables) await table.replace({ newRows, gone: keys });
        for (const id of ids) {
          if (removesOnly) expected.delete(id);
          else expected.set(id, index);
        }
      }
      const rows = [...expected].sort(([a], [b]) => a - b).map(([id, v]) => `${id} ${v} ${(id + v) % 2}`);
      for (const table of tables) expect(await table.query('SELECT * FROM t ORDER BY id')).toEqual(rows);
    }),
    propertyRuns(8),
  );
});
