import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newestRows } from '../../../../src/lake/tail/newest-rows.ts';
import { openTable } from '../../../../src/lake/table/open-table.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';
import { makeSmallLake } from '../../../support/small-lake.ts';

async function openTrips(): Promise<{ lake: string; table: Awaited<ReturnType<typeof openTable>> }> {
  const lake = await makeSmallLake(await scratchFolder());
  return { lake, table: await openTable({ name: 'bronze_trips', root: join(lake, 'bronze_trips') }) };
}

test('the newest rows come oldest first, and the rest is counted', async () => {
  const { table } = await openTrips();
  const block = await newestRows(table, { limit: 3 });
  expect(block.rows.map(([tripId]) => (typeof tripId === 'bigint' ? tripId - 2n ** 53n : tripId))).toEqual([
    17n,
    18n,
    19n,
  ]);
  expect(block.leftOut).toBe(17);
  expect(block.version).toBe(2);
  expect(block.columns[0]).toEqual({ name: 'trip_id', type: 'BIGINT' });
});

test('a condition finds older rows too', async () => {
  const { table } = await openTrips();
  const block = await newestRows(table, { limit: 3, where: '_kafka_offset < 2 -- the first' });
  expect(block.rows.map((row) => row[4])).toEqual([0n, 1n, 1n]);
  await expect(newestRows(table, { limit: 3, where: 'nonsense = 1' })).rejects.toMatchObject({ code: 'USAGE' });
});

test('a condition keeps away from files that have no row for it', async () => {
  const { lake, table } = await openTrips();
  await rm(join(lake, 'bronze_trips', 'b.parquet'));
  const block = await newestRows(table, { limit: 3, where: `_date = DATE '2026-11-19' AND _ingested_at < now()` });
  expect([block.rows.length, block.leftOut]).toEqual([3, 7]);
});
