import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLakeSession, type LakeSession } from '../../../../src/lake/lake-session.ts';
import { plainValue, type PlainValue } from '../../../../src/lake/query/plain-value.ts';
import { createTableView, type DataFile } from '../../../../src/lake/table/table-view.ts';
import { field, struct, type DataType, type StructField } from '../../../../src/model/table/table-schema.ts';

let folder: string;
let session: LakeSession;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bronze-table-view-'));
  session = await openLakeSession({ threads: 1 });
});

afterAll(async () => {
  await session[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function writeFile(
  name: string,
  sql: string,
  partitionValues: DataFile['partitionValues'] = {},
): Promise<DataFile> {
  const url = join(folder, name);
  await session.connection.run(`COPY (${sql}) TO '${url.replaceAll("'", "''")}' (FORMAT parquet)`);
  return { url, partitionValues };
}

async function rows(sql: string): Promise<PlainValue[][]> {
  const reader = await session.connection.runAndReadAll(sql);
  return reader.getRows().map((row) => row.map(plainValue));
}

async function explain(sql: string): Promise<string> {
  return (await rows(`EXPLAIN ANALYZE ${sql}`)).flat().map(String).join('\n');
}

describe('the SQL view of a snapshot', () => {
  test('reads the named files and no other of the folder', async () => {
    const named = await writeFile('named.parquet', 'SELECT 1::BIGINT AS a');
    await writeFile('other.parquet', 'SELECT 2::BIGINT AS a');
    await createTableView(session.connection, 'named_only', {
      schema: struct(field('a', 'long')),
      partitionColumns: [],
      files: [named],
    });
    expect(await rows('SELECT * FROM named_only')).toEqual([[1n]]);
  });

  test('gives the columns of the schema in its order, and nulls where a file has none', async () => {
    const before = await writeFile('before.parquet', "SELECT 1 AS b, 'x' AS a, {'q': 7::BIGINT} AS s");
    const after = await writeFile(
      'after.parquet',
      "SELECT 'y' AS a, 2::BIGINT AS b, true AS c, {'q': 8::BIGINT, 'r': 'z'} AS s",
    );
    await createTableView(session.connection, 'evolved', {
      schema: struct(
        field('a', 'string'),
        field('s', struct(field('q', 'long'), field('r', 'string'))),
        field('b', 'long'),
        field('c', 'boolean'),
      ),
      partitionColumns: [],
      files: [before, after],
    });
    const reader = await session.connection.runAndReadAll('SELECT * FROM evolved ORDER BY a');
    expect(reader.columnNames()).toEqual(['a', 's', 'b', 'c']);
    expect(reader.getRows().map((row) => row.map(plainValue))).toEqual([
      ['x', { q: 7n, r: null }, 1n, null],
      ['y', { q: 8n, r: 'z' }, 2n, true],
    ]);
  });

  test('supplies partition values from the log with the types of the schema', async () => {
    const files = [
      await writeFile("part'1.parquet", 'SELECT 1 AS a', {
        d: '2026-11-20',
        n: '7',
        t: '2026-11-20 01:02:03.000004',
        s: 'it’s',
      }),
      await writeFile('part 2.parquet', 'SELECT 2 AS a', { d: null, n: '', t: null, s: 'ø%2F' }),
    ];
    await createTableView(session.connection, 'typed', {
      schema: struct(
        field('d', 'date'),
        field('a', 'integer'),
        field('n', 'decimal(10,2)'),
        field('t', 'timestamp'),
        field('s', 'string'),
      ),
      partitionColumns: ['s', 'd', 'n', 't'],
      files,
    });
    expect(await rows('SELECT * FROM typed ORDER BY a')).toEqual([
      ['2026-11-20', 1, '7.00', '2026-11-20T01:02:03.000004Z', 'it’s'],
      [null, 2, null, null, 'ø%2F'],
    ]);
  });

  test('reads no rows of files that a filter on a partition column leaves out', async () => {
    const files: DataFile[] = [];
    for (let day = 1; day <= 9; day += 1) {
      files.push(
        await writeFile(`day-${day}.parquet`, `SELECT ${day} AS a FROM range(100)`, { day: `2026-11-0${day}` }),
      );
    }
    await createTableView(session.connection, 'days', {
      schema: struct(field('a', 'long'), field('day', 'date')),
      partitionColumns: ['day'],
      files,
    });
    expect(await rows("SELECT min(a), max(a), count(*) FROM days WHERE day >= DATE '2026-11-08'")).toEqual([
      [8n, 9n, 200n],
    ]);
    const scans = (await explain("SELECT sum(a) FROM days WHERE day >= DATE '2026-11-08'")).match(/[\d,]+ rows/g) ?? [];
    expect(scans.map((text) => Number.parseInt(text))).not.toContain(900);
  });

  test('pushes filters on data columns into the Parquet reader', async () => {
    const files = [
      await writeFile('low.parquet', 'SELECT i AS a, i AS b FROM range(1000) t(i)', { p: 'x' }),
      await writeFile('high.parquet', 'SELECT i + 1000 AS a, i AS b FROM range(1000) t(i)', { p: 'y' }),
    ];
    await createTableView(session.connection, 'filtered', {
      schema: struct(field('a', 'long'), field('b', 'long'), field('p', 'string')),
      partitionColumns: ['p'],
      files,
    });
    const plan = await explain('SELECT b FROM filtered WHERE a = 1005');
    expect(plan).toMatch(/Filters:\s[\s│]*a=1005/);
  });

  test('finds bytes that are no text where files have Bloom filters', async () => {
    const file = await writeFile('bytes.parquet', `SELECT unhex(printf('%04x', i % 300)) AS b FROM range(3000) t(i)`);
    const blooms = await rows(`SELECT bloom_filter_offset IS NOT NULL FROM parquet_metadata('${file.url}')`);
    expect(blooms).toEqual([[true]]);
    const schema = struct(field('b', 'binary'));
    await createTableView(session.connection, 'bytes', { schema, partitionColumns: [], files: [file] });
    expect(await rows(`SELECT count(*)::INTEGER FROM bytes WHERE b = unhex('00ff')`)).toEqual([[10]]);
    const keys = `(SELECT unhex(h) AS b FROM (VALUES ('0000'), ('00ff')) k(h))`;
    expect(await rows(`SELECT count(*)::INTEGER FROM bytes SEMI JOIN ${keys} k USING (b)`)).toEqual([[20]]);
  });

  test('of a table without files is empty and has the columns', async () => {
    await createTableView(session.connection, 'none', {
      schema: struct(
        field('a', 'long'),
        field('m', { type: 'map', keyType: 'string', valueType: 'long', valueContainsNull: true }),
      ),
      partitionColumns: [],
      files: [],
    });
    expect(await rows('SELECT * FROM none')).toEqual([]);
    expect(await rows('SELECT column_name, column_type FROM (DESCRIBE none)')).toEqual([
      ['a', 'BIGINT'],
      ['m', 'MAP(VARCHAR, BIGINT)'],
    ]);
  });

  test('of a table that has partition columns alone still has its rows', async () => {
    const file = await writeFile('bare.parquet', 'SELECT i AS unknown_to_the_schema FROM range(3) t(i)', { p: '1' });
    await createTableView(session.connection, 'bare', {
      schema: struct(field('p', 'integer')),
      partitionColumns: ['p'],
      files: [file],
    });
    expect(await rows('SELECT * FROM bare')).toEqual([[1], [1], [1]]);
  });

  test('leaves out the rows that are deleted in a file, whatever its name', async () => {
    const whole = await writeFile('whole.parquet', 'SELECT i AS a FROM range(2) t(i)', { p: 'x' });
    const holed = await writeFile('hol[1]ed*.parquet', 'SELECT 10 + i AS a FROM range(5) t(i)', { p: 'y' });
    const other = await writeFile('other.parquet', 'SELECT 20 + i AS a FROM range(2) t(i)', { p: 'z' });
    const url = holed.url.replaceAll(/[*?[]/g, '[$&]');
    await createTableView(session.connection, 'holed', {
      schema: struct(field('a', 'long'), field('p', 'string')),
      partitionColumns: ['p'],
      files: [
        whole,
        { ...holed, url, deletedRows: () => Promise.resolve([0n, 3n]) },
        { ...other, deletedRows: () => Promise.resolve([1n]) },
      ],
    });
    expect(await rows('SELECT a, p FROM holed ORDER BY a')).toEqual([
      [0n, 'x'],
      [1n, 'x'],
      [11n, 'y'],
      [12n, 'y'],
      [14n, 'y'],
      [20n, 'z'],
    ]);
    expect(await rows('SELECT a FROM holed WHERE a > 11 AND a < 20 ORDER BY a')).toEqual([[12n], [14n]]);
  });

  test('finds deleted rows in a table whose own columns are called as those of the reader', async () => {
    const file = await writeFile('own.parquet', 'SELECT 9 - i AS file_row_number, i AS file_index FROM range(4) t(i)');
    await createTableView(session.connection, 'own', {
      schema: struct(field('file_row_number', 'long'), field('file_index', 'long')),
      partitionColumns: [],
      files: [{ ...file, deletedRows: () => Promise.resolve([1n, 2n]) }],
    });
    expect(await rows('SELECT * FROM own ORDER BY file_index')).toEqual([
      [9n, 0n],
      [6n, 3n],
    ]);
  });

  test.each(['name', 'id'] as const)('finds mapped columns by %s, nested ones included', async (columnMapping) => {
    const mapped = (id: number, name: string, type: DataType): StructField => ({
      name,
      type,
      nullable: true,
      metadata: { 'delta.columnMapping.id': id, 'delta.columnMapping.physicalName': `col-${id}` },
    });
    const inner = struct(mapped(3, 'x', 'long'), mapped(4, 'added', 'string'));
    const schema = struct(
      mapped(1, 'part', 'integer'),
      mapped(2, 's', inner),
      mapped(5, 'l', { type: 'array', elementType: inner, containsNull: true }),
      mapped(6, 'm', { type: 'map', keyType: 'string', valueType: inner, valueContainsNull: true }),
      mapped(7, 'later', 'date'),
    );
    const url = join(folder, `mapped-${columnMapping}.parquet`);
    await session.connection.run(`
      COPY (
        SELECT {'col-3': i} AS "col-2", [{'col-3': i}, NULL] AS "col-5", MAP {'k': {'col-3': i}} AS "col-6" FROM range(1) t(i)
        UNION ALL SELECT NULL, NULL, NULL
      ) TO '${url}' (FORMAT parquet, FIELD_IDS {'col-2': {__duckdb_field_id: 2}, 'col-5': {__duckdb_field_id: 5}, 'col-6': {__duckdb_field_id: 6}})`);
    await createTableView(session.connection, 'mapped', {
      schema,
      partitionColumns: ['part'],
      columnMapping,
      files: [{ url, partitionValues: { 'col-1': '4' } }],
    });
    const s = { x: 0n, added: null };
    expect(await rows('SELECT * FROM mapped ORDER BY s')).toEqual([
      [4, s, [s, null], { k: s }, null],
      [4, null, null, null, null],
    ]);
  });

  test('widens types that were narrower when a file was written', async () => {
    const file = await writeFile(
      'narrow.parquet',
      "SELECT 1::TINYINT AS a, 2::INTEGER AS b, 3.5::FLOAT AS c, DATE '2026-01-02' AS d, 1.25::DECIMAL(5,2) AS e, 7::INTEGER AS f, [1::SMALLINT] AS g",
    );
    await createTableView(session.connection, 'widened', {
      schema: struct(
        field('a', 'integer'),
        field('b', 'long'),
        field('c', 'double'),
        field('d', 'timestamp_ntz'),
        field('e', 'decimal(12,4)'),
        field('f', 'double'),
        field('g', { type: 'array', elementType: 'long', containsNull: true }),
      ),
      partitionColumns: [],
      files: [file],
    });
    expect(await rows('SELECT * FROM widened')).toEqual([[1, 2n, 3.5, '2026-01-02T00:00:00.000', '1.2500', 7, [1n]]]);
  });

  test('has columns without a type', async () => {
    const file = await writeFile('void.parquet', 'SELECT 1 AS a');
    await createTableView(session.connection, 'nothing', {
      schema: struct(field('a', 'integer'), field('v', 'void')),
      partitionColumns: [],
      files: [file],
    });
    expect(await rows('SELECT * FROM nothing')).toEqual([[1, null]]);
  });
});
