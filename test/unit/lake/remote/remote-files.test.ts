import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { loadTableState } from '../../../../src/delta/load-table-state.ts';
import { newTableActions } from '../../../../src/delta/new-table.ts';
import { openLakeSession, type LakeSession } from '../../../../src/lake/lake-session.ts';
import { viewTable } from '../../../../src/lake/table/open-table.ts';
import { viewTablesFor } from '../../../../src/lake/query/view-tables.ts';
import { field, struct } from '../../../../src/model/table/table-schema.ts';
import { LocalObjectStore } from '../../../../src/storage/local-object-store.ts';
import type { ByteRange } from '../../../../src/storage/object-store.ts';
import { commitActions } from '../../../support/delta-table.ts';
import { writeParquet } from '../../../support/duckdb-parquet.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';

/** A store that DuckDB cannot read from, and that counts what is read of its data files. */
class FarStore extends LocalObjectStore {
  bytesRead = 0;
  readonly filesRead = new Set<string>();

  override getRange(path: string, range: ByteRange): Promise<Uint8Array | undefined> {
    this.filesRead.add(path);
    this.bytesRead += range.end - range.start;
    return super.getRange(path, range);
  }

  override readerUrl(): undefined {
    return undefined;
  }
}

const schema = struct(
  field('id', 'long'),
  field('kind', 'string'),
  field('place', struct(field('city', 'string'), field('note', 'string'))),
  field('wide-and-"oddly"-named', 'string'),
  field('day', 'date'),
);

const rowSql = (from: number, count: number): string => `
  SELECT i AS id, 'kind ' || (i % 3) AS kind, {'city': 'city ' || (i % 5), 'note': md5(i::VARCHAR)} AS place,
    repeat(md5(i::VARCHAR), 20) AS "wide-and-""oddly""-named"
  FROM range(${from}, ${from + count}) t(i)`;

const rowsPerFile = 20_000;
let store: FarStore;
let sizeBytes: number;
let session: LakeSession;

beforeEach(async () => {
  store = new FarStore(await scratchFolder());
  const adds = await Promise.all(
    [0, 1].map((n) =>
      writeParquet(store.root, `${n}.parquet`, rowSql(n * rowsPerFile, rowsPerFile), { day: `2026-11-1${n}` }),
    ),
  );
  sizeBytes = adds.reduce((sum, { size }) => sum + size, 0);
  const created = await commitActions(store, undefined, newTableActions({ schema, partitionColumns: ['day'] }));
  await commitActions(
    store,
    created,
    adds.map((add) => ({ add })),
  );
  session = await openLakeSession({ threads: 1 });
  await viewTable(session, 't', { name: 't', root: store.root, store, state: (await loadTableState(store))! });
  return () => session[Symbol.asyncDispose]();
});

async function rows(sql: string): Promise<unknown[][]> {
  return (await session.read(sql)).getRowsJson();
}

describe('files that are not on this machine', () => {
  test('a view of them reads nothing but the log', () => {
    expect(store.bytesRead).toBe(0);
  });

  test('counting rows reads the footers alone', async () => {
    expect(await rows('SELECT count(*) FROM t')).toEqual([[String(2 * rowsPerFile)]]);
    expect(store.bytesRead).toBeLessThan(150_000);
    expect(store.bytesRead).toBeLessThan(sizeBytes / 30);
  });

  test('a query reads the columns that it names, in whatever clause, and once', async () => {
    const sql = `SELECT place.city, count(*) FROM t WHERE kind = 'kind 1' AND day = '2026-11-11' GROUP BY 1 ORDER BY 1`;
    expect(await rows(sql)).toEqual(
      [0, 1, 2, 3, 4].map((city) => [`city ${city}`, expect.stringMatching(/^133[34]$/) as string]),
    );
    const { bytesRead } = store;
    expect(bytesRead).toBeLessThan(sizeBytes / 2);
    expect(await rows(sql)).toHaveLength(5);
    expect(store.bytesRead).toBe(bytesRead);
    expect(await rows('SELECT sum(id) FROM t')).toEqual([[String(rowsPerFile * (2 * rowsPerFile - 1))]]);
    expect(store.bytesRead).toBeGreaterThan(bytesRead);
  });

  test('a file that cannot have rows for the statement is not touched', async () => {
    const sql = "SELECT count(*), max(id) FROM t WHERE day = '2026-11-11'";
    const table = { name: 't', root: store.root, store, state: (await loadTableState(store))! };
    await using other = await openLakeSession({ threads: 1 });
    expect(await viewTablesFor(other, sql, new Map([['t', table]]))).toEqual({ read: 1, of: 2 });
    expect((await other.read(sql)).getRowsJson()).toEqual([[String(rowsPerFile), String(2 * rowsPerFile - 1)]]);
    expect([...store.filesRead]).toEqual(['1.parquet']);
  });

  test.each([
    'FROM t WHERE id % 97 = 0',
    'SELECT t FROM t WHERE id % 97 = 1',
    'SELECT * FROM t ORDER BY id LIMIT 3',
    'SELECT COLUMNS(*) FROM t LIMIT 5',
    'SUMMARIZE t',
    'PIVOT t ON kind USING count(*) GROUP BY day',
    `SELECT a.id FROM t a JOIN t b ON a.id = b.id AND b."wide-and-""oddly""-named" LIKE 'a%' AND a.kind = 'kind 2'`,
    'WITH x AS MATERIALIZED (SELECT place.note FROM t) SELECT max(note) FROM x',
    "SELECT id FROM t WHERE kind IN (SELECT kind FROM t WHERE place.city = 'city 3') ORDER BY id",
  ])('%s gives what it gives of local files', async (sql) => {
    const remote = await rows(sql);
    const local = new LocalObjectStore(store.root);
    await using plain = await openLakeSession({ threads: 1 });
    await viewTable(plain, 't', { name: 't', root: local.root, store: local, state: (await loadTableState(local))! });
    const expected = (await plain.read(sql)).getRowsJson();
    const sorted = (found: unknown): string[] => (found as unknown[][]).map((row) => JSON.stringify(row)).sort();
    if (sql.includes('LIMIT 5')) expect(remote).toHaveLength(5);
    else expect(sorted(remote)).toEqual(sorted(expected));
  });

  test('a statement that is wrong reads no column, and says what is wrong', async () => {
    await expect(rows('SELECT nothing FROM t')).rejects.toThrow(/"nothing" not found/);
    await expect(rows('SELEC 1')).rejects.toThrow(/syntax error/);
    expect(store.bytesRead).toBeLessThan(150_000);
  });

  test.each([
    ['less', (size: number) => size - 1000],
    ['more', (size: number) => size + 1000],
    ['nothing', () => 0],
  ])('of which the log says %s than they have are read all the same', async (_, wrong) => {
    await using own = await openLakeSession({ threads: 1 });
    const size = (await store.head('0.parquet'))?.sizeBytes ?? 0;
    const file = await own.files.localPath(store, '0.parquet', { sizeBytes: wrong(size) });
    const reader = await own.read(`SELECT count(DISTINCT id)::INTEGER FROM read_parquet('${file}')`);
    expect(reader.getRows()).toEqual([[rowsPerFile]]);
  });

  test('one that is gone is named', async () => {
    await store.delete('1.parquet');
    await expect(rows('SELECT count(*) FROM t')).rejects.toMatchObject({
      code: 'TABLE_CORRUPT',
      message: `${store.root}: the log names 1.parquet, which is not there`,
    });
  });
});

test('two views of one file at the same time share its copy', async () => {
  await using own = await openLakeSession({ threads: 1 });
  const [one, other] = await Promise.all([1, 2].map(() => own.files.localPath(store, '0.parquet')));
  expect(one).toBe(other);
});

test('a session leaves no copy behind', async () => {
  const own = await openLakeSession({ threads: 1 });
  const copy = await own.files.localPath(store, '0.parquet');
  await own[Symbol.asyncDispose]();
  await expect(readdir(join(copy, '..'))).rejects.toThrow('ENOENT');
});
