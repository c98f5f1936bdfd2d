import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { namedTables, runQuery, type QueryOptions } from '../../../../src/lake/query/query.ts';
import type { PlainValue } from '../../../../src/lake/query/plain-value.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';
import { makeSmallLake } from '../../../support/small-lake.ts';

async function rowsOf(sql: string, options: QueryOptions): Promise<(readonly PlainValue[])[]> {
  return runQuery(sql, options, async ({ blocks }) => {
    const rows: (readonly PlainValue[])[] = [];
    for await (const block of blocks) rows.push(...block);
    return rows;
  });
}

describe('a query over the lake', () => {
  test('sees tables by name, joined, in any case, and by their quoted path', async () => {
    const lake = await makeSmallLake(await scratchFolder());
    const sql = `SELECT count(*), (SELECT count(*) FROM dlq_trips) FROM Bronze_Trips t JOIN '${lake}/bronze_trips' u USING (trip_id)`;
    expect(await rowsOf(sql, { lake })).toEqual([[20n, 3n]]);
    expect(await rowsOf(`SELECT count(*) FROM "${join(lake, 'dlq_trips')}"`, { lake: 'nowhere' })).toEqual([[3n]]);
  });

  test('gives every value with all its digits', async () => {
    const lake = await makeSmallLake(await scratchFolder());
    const [row] = await rowsOf('SELECT * FROM bronze_trips WHERE trip_id = 9007199254740993', { lake });
    expect(row).toEqual([
      9007199254740993n,
      '0.25',
      { city: null, zone: 1 },
      1,
      0n,
      '2026-11-20T09:00:01.000Z',
      '2026-11-19',
    ]);
  });

  test('runs queries alone, and refuses every other statement', async () => {
    const lake = await makeSmallLake(await scratchFolder());
    const target = join(lake, 'copy.csv');
    for (const sql of [
      'CREATE TABLE x AS SELECT 1',
      'DROP VIEW bronze_trips',
      `SELECT 1; COPY bronze_trips TO '${target}'`,
      'SET threads = 1',
    ]) {
      await expect(rowsOf(sql, { lake })).rejects.toMatchObject({
        code: 'USAGE',
        message: expect.stringContaining('only queries are run') as string,
      });
    }
    expect(existsSync(target)).toBe(false);
    expect(await rowsOf('DESCRIBE dlq_trips', { lake })).not.toEqual([]);
    expect(await rowsOf('PIVOT (SELECT 1 AS a, 2 AS b) ON a USING sum(b)', { lake })).toEqual([[2n]]);
  });

  test('reads an older version, by number and by time', async () => {
    const lake = await makeSmallLake(await scratchFolder());
    const count = 'SELECT count(*) FROM bronze_trips';
    expect(await rowsOf(count, { lake, at: { kind: 'version', version: 1 } })).toEqual([[10n]]);
    expect(await rowsOf(count, { lake, at: { kind: 'timestamp', timestampMs: Date.now() + 60_000 } })).toEqual([[20n]]);
    const before = rowsOf(count, { lake, at: { kind: 'timestamp', timestampMs: 0 } });
    await expect(before).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' });
  });

  test('says which tables there are when one is not there', async () => {
    const lake = await makeSmallLake(await scratchFolder());
    await expect(rowsOf('SELECT * FROM bronze_tripz', { lake })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(/holds bronze_trips, dlq_trips/) as string,
    });
    await expect(rowsOf('SELECT * FROM x', { lake: 'no/such/lake' })).rejects.toThrow(/no lake at no\/such\/lake/);
  });
});

describe('the tables that SQL names', () => {
  const tables = [
    { name: 'bronze_trips', root: '/lake/bronze_trips' },
    { name: 'other', root: '/lake/other' },
  ];

  test.each([
    ['SELECT 1', []],
    ['SELECT * FROM BRONZE_TRIPS', ['bronze_trips']],
    ['FROM "other" SELECT count(*)', ['other']],
    ['DESCRIBE bronze_trips', ['bronze_trips']],
    ['WITH t AS (FROM other) FROM t WHERE EXISTS (FROM bronze_trips)', ['bronze_trips', 'other']],
  ])('%s', async (sql, names) => {
    expect([...(await namedTables(sql, tables)).keys()]).toEqual(names);
  });
});
