import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { AddAction } from '../../../src/delta/actions.ts';
import { loadTableState } from '../../../src/delta/load-table-state.ts';
import { newTableActions } from '../../../src/delta/new-table.ts';
import { FileFacts } from '../../../src/lake/data-skipping/column-facts.ts';
import { mayHold } from '../../../src/lake/data-skipping/may-hold.ts';
import { pushedFilters } from '../../../src/lake/data-skipping/pushed-filters.ts';
import { openLakeSession } from '../../../src/lake/lake-session.ts';
import { runQuery } from '../../../src/lake/query/query.ts';
import { duckType } from '../../../src/model/pipeline/sql-text.ts';
import { field, struct, type DataType, type StructType } from '../../../src/model/table/table-schema.ts';
import { jsonBounds } from '../../../src/parquet/stats-bounds.ts';
import { openObjectStore } from '../../../src/storage/open-object-store.ts';
import { collect } from '../../support/collect.ts';
import { commitActions } from '../../support/delta-table.ts';
import { writeParquet } from '../../support/duckdb-parquet.ts';
import { propertyRuns, propertyTimeoutMs } from '../../support/property/property-runs.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

const table = struct(
  field('c', 'long'),
  field('text', 'string'),
  field('moment', 'timestamp'),
  field('local', 'timestamp_ntz'),
  field('day', 'date'),
  field('price', 'decimal(38,4)'),
  field('ratio', 'double'),
  field('small', 'float'),
  field('place', struct(field('n', 'integer'))),
  field('flag', 'boolean'),
);

const session = await openLakeSession({ threads: 1 });
afterAll(() => session[Symbol.asyncDispose]());

/** Is a file looked into for the condition? */
function isKept(condition: string, facts: Partial<AddAction>): Promise<boolean> {
  return isKeptFor(`SELECT count(*) FROM t WHERE ${condition}`, facts, table);
}

async function isKeptFor(sql: string, facts: Partial<AddAction>, schema: StructType): Promise<boolean> {
  const filter = (await pushedFilters(session.connection, sql, new Map([['t', schema]]))).get('t');
  const add = { path: 'a', partitionValues: {}, size: 1, modificationTime: 0, dataChange: true, ...facts };
  const file = new FileFacts(add, { schema, columnMapping: 'none' });
  return filter === undefined || mayHold(filter, (path) => file.of(path));
}

function stats(column: string, min: unknown, max: unknown, nullCount = 0): Partial<AddAction> {
  const bounds = { minValues: { [column]: min }, maxValues: { [column]: max }, nullCount: { [column]: nullCount } };
  return { stats: JSON.stringify({ numRecords: 10, ...bounds }) };
}

describe('a file is skipped by its statistics where no row can be meant', () => {
  test.each([
    ['c = 4', stats('c', 5, 9), false],
    ['c = 5', stats('c', 5, 9), true],
    ['c > 9', stats('c', 5, 9), false],
    ['c >= 9', stats('c', 5, 9), true],
    ['c < 5', stats('c', 5, 9), false],
    ['c <= 5', stats('c', 5, 9), true],
    ['c BETWEEN 1 AND 4', stats('c', 5, 9), false],
    ['c IN (1, 20, 30)', stats('c', 5, 9), false],
    ['c IN (1, 7, 30)', stats('c', 5, 9), true],
    ['c = 1 OR c = 2', stats('c', 5, 9), false],
    ['c = 1 OR flag', stats('c', 5, 9), true],
    ['c IS NULL', stats('c', 5, 9), false],
    ['c IS NULL', stats('c', 5, 9, 1), true],
    ['c IS NOT NULL', stats('c', undefined, undefined, 10), false],
    ['c > 0', stats('c', undefined, undefined, 10), false],
    ['c > 9007199254740993', { stats: '{"numRecords":1,"maxValues":{"c":9007199254740993}}' }, false],
    ['c > 9007199254740992', { stats: '{"numRecords":1,"maxValues":{"c":9007199254740993}}' }, true],
    ['place.n = 3', { stats: '{"minValues":{"place":{"n":4}}}' }, false],
    ['place.n = 4', { stats: '{"minValues":{"place":{"n":4}}}' }, true],
    ["day = '2026-01-01'", stats('day', '2026-01-02', '2026-01-03'), false],
    ["day = DATE '2026-01-01' + 1", stats('day', '2026-01-02', '2026-01-03'), true],
    ["text LIKE 'ab%'", stats('text', 'ac', 'b'), false],
    ["text LIKE 'ab%'", stats('text', 'a', 'b'), true],
  ])('%s, %o: %s', async (condition, facts, kept) => {
    expect(await isKept(condition, facts)).toBe(kept);
  });

  const prefix = 'x'.repeat(32);
  test.each([
    // The greatest value may be anything from the prefix up to the bound.
    ['greater than the cut', `text = '${prefix}zzz'`, stats('text', prefix, `${prefix}\u007f`), true],
    ['beyond the bound', `text > '${prefix}\u0080'`, stats('text', prefix, `${prefix}\u007f`), false],
    ['below the cut', `text < '${prefix}'`, stats('text', prefix, `${prefix}\u007f`), false],
    ['in the order of UTF-8, not of UTF-16', "text = '\uff5e'", stats('text', 'a', '\u{10000}'), true],
    ['cut within a character', "text = '\u{1f600}'", stats('text', 'a', '\ud83d\u007f'), true],
  ])('texts that were cut: %s', async (_, condition, facts, kept) => {
    expect(await isKept(condition, facts)).toBe(kept);
  });

  const ms = (fraction: string): Partial<AddAction> =>
    stats('moment', `2026-01-01T00:00:00.${fraction}Z`, `2026-01-01T00:00:00.${fraction}Z`);
  test.each([
    ["moment = '2026-01-01 00:00:00.123999+00'", ms('123'), true],
    ["moment > '2026-01-01 00:00:00.123998+00'", ms('123'), true],
    ["moment >= '2026-01-01 00:00:00.124+00'", ms('123'), false],
    ["moment < '2026-01-01 00:00:00.122+00'", ms('123'), false],
    ["moment = '2026-01-01 01:00:00.123+01'", ms('123'), true],
    ["moment > '2026-01-01 08:00:00.124+00'", stats('moment', '', '2026-01-01T00:00:00.123-08:00'), false],
    ["moment > '2027-01-01'", stats('moment', '', '2026-01-01T00:00:00.123'), true],
    ["local > '2026-01-01 00:00:00.123999'", stats('local', '', '2026-01-01T00:00:00.123'), false],
    ["local > '2026-01-01 00:00:00.123'", stats('local', '', '2026-01-01T00:00:00.123'), true],
    // Cut towards 1970 by some writers.
    ["moment <= '1969-12-31 23:59:58.000001+00'", stats('moment', '1969-12-31T23:59:58.001Z', undefined), true],
    ['moment > now()', stats('moment', '', '2020-01-01T00:00:00.000Z'), false],
  ])('milliseconds: %s, %o: %s', async (condition, facts, kept) => {
    expect(await isKept(condition, facts)).toBe(kept);
  });

  test.each([
    ['ratio > 5', stats('ratio', 1, 2), true],
    ['ratio = 5', stats('ratio', 1, 2), false],
    ['ratio < 1', stats('ratio', 1, 2), true],
    ['ratio < 0.5', stats('ratio', 1, 2), false],
    ['small = 0.1::FLOAT', stats('small', 0.1, 0.1), true],
    ['price > 12345678901234567890.1234', stats('price', 0, 12345678901234567000), true],
    ['price > 13000000000000000000', stats('price', 0, 12345678901234567000), false],
  ])('numbers whose last digits, or NaN, statistics may lack: %s, %o: %s', async (condition, facts, kept) => {
    expect(await isKept(condition, facts)).toBe(kept);
  });
});

describe('a file is skipped by its partition values', () => {
  const partition = (value: string | null): Partial<AddAction> => ({ partitionValues: { day: value, text: value } });
  test.each([
    ["day = '2026-01-02'", partition('2026-01-01'), false],
    ["day >= '2026-01-01'", partition('2026-01-01'), true],
    ['day IS NULL', partition(null), true],
    ['day IS NULL', partition('2026-01-01'), false],
    ["text <> 'x'", partition('x'), true],
    ["text = 'y'", partition(''), false],
  ])('%s, %o: %s', async (condition, facts, kept) => {
    expect(await isKept(condition, facts)).toBe(kept);
  });
});

describe('what is not understood skips nothing', () => {
  test.each([
    ['no statistics', 'c = 4', {}],
    ['statistics that are no JSON', 'c = 4', { stats: '{"minValues":' }],
    ['a bound that is no number', 'c = 4', stats('c', 'x', 'y')],
    ['an expression', 'c % 7 = 6', stats('c', 5, 9)],
    ['another type', 'c = 4.5', stats('c', 5, 9)],
    ['unequal', 'c <> 5', stats('c', 5, 5)],
    ['a column without statistics', 'c = 4', stats('other', 5, 9)],
    ['a null', 'c = NULL', stats('c', 5, 9)],
  ])('%s', async (_, condition, facts) => {
    expect(await isKept(condition, facts)).toBe(true);
  });

  test.each([
    ['two scans, of which one has no condition', 'SELECT 1 FROM t a, t b WHERE a.c = 4'],
    ['a condition of one side of a join', 'SELECT 1 FROM t a LEFT JOIN (SELECT 1 AS x) b ON a.c = 4'],
    ['a condition after the rows are limited', 'SELECT 1 FROM (FROM t LIMIT 5) WHERE c = 4'],
    ['several statements', 'PIVOT (FROM t WHERE c = 4) ON text'],
    ['no query', 'DESCRIBE t'],
    ['SQL that is wrong', 'SELECT nothing FROM t WHERE c = 4'],
  ])('%s', async (_, sql) => {
    expect(await isKeptFor(sql, stats('c', 5, 9), table)).toBe(true);
  });
});

const pools: readonly (readonly [DataType, readonly string[]])[] = [
  ['long', ['-9223372036854775808', '-1', '0', '9007199254740993', '9223372036854775807']],
  [
    'string',
    ['', 'a', `${'é'.repeat(31)}\u{1f600}`, 'é'.repeat(33), `${'é'.repeat(32)}\u{10ffff}`, '\uff5e', '\u{10000}'],
  ],
  [
    'timestamp',
    [
      '1969-12-31 23:59:59.999999+00',
      '1970-01-01 00:00:00+00',
      '2026-01-01 00:00:00.1239+00',
      '2026-01-01 00:00:00.123999+00',
      '2026-01-01 00:00:00.124+00',
      'infinity',
    ],
  ],
  ['date', ['1969-12-31', '1970-01-01', '9999-12-31', '12026-01-01']],
  [
    'decimal(38,10)',
    ['-0.0000000001', '0', '1234567890123456789012345678.0123456789', '1234567890123456789012345678.012345679'],
  ],
  ['double', ['NaN', '-Infinity', '-0.0', '0.1', '0.30000000000000004', '1e300']],
  ['float', ['NaN', '0.1', '16777216', '16777217', 'Infinity']],
];

test(
  'no file that has a row for a condition is skipped, whatever its values are',
  async () => {
    const one = async (sql: string): Promise<readonly unknown[]> =>
      (await session.connection.runAndReadAll(sql)).getRows()[0] ?? [];
    const value = fc.constantFrom(...pools).chain(([type, pool]) =>
      fc.record({
        type: fc.constant(type),
        rows: fc.array(fc.option(fc.constantFrom(...pool)), { minLength: 1, maxLength: 4 }),
        operator: fc.constantFrom('=', '<', '<=', '>', '>=', '<>'),
        constant: fc.constantFrom(...pool),
      }),
    );
    await fc.assert(
      fc.asyncProperty(value, async ({ type, rows, operator, constant }) => {
        const sqlType = duckType(type);
        const literal = (text: string | null): string => (text === null ? 'NULL' : `'${text}'::${sqlType}`);
        const source = `(SELECT unnest([${rows.map(literal).join(', ')}]::${sqlType}[]) AS c)`;
        const condition = `c ${operator} ${literal(constant)}`;
        const isNan = type === 'float' || type === 'double' ? "count(*) FILTER (c = 'NaN')" : '0';
        const [min, max, nulls, nans, matching] = await one(
          `SELECT min(c)::VARCHAR, max(c)::VARCHAR, count(*) - count(c), ${isNan}, count(*) FILTER (${condition}) FROM ${source}`,
        );
        const text = (each: unknown): string | undefined => (typeof each === 'string' ? each : undefined);
        const bounds = jsonBounds(type, { min: text(min), max: text(max), hasNan: Number(nans) > 0 });
        const section = (json: string | undefined): string => (json === undefined ? '{}' : `{"c":${json}}`);
        const facts = {
          stats: `{"numRecords":${rows.length},"minValues":${section(bounds.min)},"maxValues":${section(bounds.max)},"nullCount":{"c":${Number(nulls)}}}`,
        };
        const kept = await isKeptFor(`FROM t WHERE ${condition}`, facts, struct(field('c', type)));
        expect(kept || matching === 0n).toBe(true);
      }),
      propertyRuns(100),
    );
  },
  propertyTimeoutMs,
);

test('a query opens the files that it needs, and says how many', async () => {
  const lake = await scratchFolder();
  const root = join(lake, 'events');
  const store = openObjectStore(root);
  const schema = struct(field('id', 'long'), field('day', 'date'));
  await commitActions(store, undefined, newTableActions({ schema, partitionColumns: ['day'] }));
  const adds: AddAction[] = [];
  for (const [index, day] of ['2026-01-01', '2026-01-01', '2026-01-02'].entries()) {
    const sql = `SELECT i AS id FROM range(${index * 10}, ${index * 10 + 10}) t(i)`;
    const add = await writeParquet(root, `${index}.parquet`, sql, { day });
    const bounds = { minValues: { id: index * 10 }, maxValues: { id: index * 10 + 9 }, nullCount: { id: 0 } };
    adds.push({ ...add, stats: JSON.stringify({ numRecords: 10, ...bounds }) });
  }
  await commitActions(
    store,
    await loadTableState(store),
    adds.map((add) => ({ add })),
  );
  await rm(join(root, '0.parquet'));
  const ask = (sql: string): Promise<unknown> =>
    runQuery(sql, { lake }, async ({ files, blocks }) => ({ files, rows: (await collect(blocks)).flat() }));

  expect(await ask('SELECT count(*) FROM events WHERE id >= 10')).toEqual({ files: { read: 2, of: 3 }, rows: [[20n]] });
  expect(await ask("SELECT max(id) FROM events WHERE day = '2026-01-02'")).toEqual({
    files: { read: 1, of: 3 },
    rows: [[29n]],
  });
  expect(await ask('SELECT a.id FROM events a JOIN events b USING (id) WHERE a.id = 15')).toEqual({
    files: { read: 1, of: 3 },
    rows: [[15n]],
  });
  await expect(ask('SELECT count(id) FROM events WHERE id >= 9')).rejects.toThrow(/0\.parquet/);
});
