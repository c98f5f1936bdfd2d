import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { countDeadLetters, findDeadLetters, readDeadLetters } from '../../../src/lake/dead-letters.ts';
import { describeTable } from '../../../src/lake/table/describe-table.ts';
import { findTables } from '../../../src/lake/lake-root.ts';
import { newestRows } from '../../../src/lake/tail/newest-rows.ts';
import { findTable, openTable } from '../../../src/lake/table/open-table.ts';
import { runQuery } from '../../../src/lake/query/query.ts';
import { openObjectStore } from '../../../src/storage/open-object-store.ts';
import { useTestBucket } from '../../support/s3.ts';
import { makeSmallLake } from '../../support/small-lake.ts';

const bucket = useTestBucket();
const lake = bucket.newRoot();

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kafka-bronze-lake-'));
  await makeSmallLake(folder);
  const store = openObjectStore(lake);
  for (const path of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!path.isFile()) continue;
    const file = join(path.parentPath, path.name);
    await store.putFile(file.slice(folder.length + 1), file);
  }
  await rm(folder, { recursive: true });
});

async function rowsOf(sql: string, at?: Parameters<typeof runQuery>[1]['at']): Promise<unknown[][]> {
  return runQuery(sql, at ? { lake, at } : { lake }, async ({ blocks }) => {
    const rows: unknown[][] = [];
    for await (const block of blocks) rows.push(...block.map((row) => [...row]));
    return rows;
  });
}

test('a lake in S3 has its tables by name, and by URL', async () => {
  expect(await findTables(lake)).toEqual([
    { name: 'bronze_trips', root: `${lake}/bronze_trips` },
    { name: 'dlq_trips', root: `${lake}/dlq_trips` },
  ]);
  const hadoop = `${lake.replace('s3:', 's3a:')}/bronze_trips/`;
  expect((await findTable(hadoop, 'no/lake')).root).toBe(`${lake}/bronze_trips`);
  await expect(findTable('nothing', lake)).rejects.toThrow(`the lake ${lake} holds bronze_trips, dlq_trips`);
  await expect(findTable('nothing', `${lake}/empty`)).rejects.toThrow('holds no table yet');
});

test('SQL reads them at every version', async () => {
  const sql = `SELECT _date::VARCHAR, count(*)::INTEGER, max(trip_id)::VARCHAR FROM bronze_trips GROUP BY 1 ORDER BY 1`;
  const first = ['2026-11-19', 10, '9007199254741001'];
  expect(await rowsOf(sql)).toEqual([first, ['2026-11-20', 10, '9007199254741011']]);
  expect(await rowsOf(sql, { kind: 'version', version: 1 })).toEqual([first]);
  expect(await rowsOf(`SELECT count(*)::INTEGER FROM '${lake}/bronze_trips' WHERE place.city IS NULL`)).toEqual([[10]]);
});

test('the newest rows, the dead letters and the description are those of the table', async () => {
  const table = await openTable(await findTable('bronze_trips', lake));
  const { rows, leftOut } = await newestRows(table, { limit: 2 });
  expect(rows.map(([tripId]) => tripId)).toEqual([9007199254741010n, 9007199254741011n]);
  expect(leftOut).toBeGreaterThan(0);
  expect(await describeTable(table)).toMatchObject({ root: `${lake}/bronze_trips`, files: 2, rows: 20, version: 2 });

  expect(await countDeadLetters(lake)).toHaveLength(3);
  const deadLetters = await readDeadLetters(await findDeadLetters('trips', lake), { code: 'TOMBSTONE', limit: 5 });
  expect(deadLetters.map(({ offset, value }) => [offset, value])).toEqual([[101n, null]]);
});
