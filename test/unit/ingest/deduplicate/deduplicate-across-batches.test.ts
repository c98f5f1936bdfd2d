import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DeduplicateStep } from '../../../../src/model/job/deduplicate-rule.ts';
import { field } from '../../../../src/model/table/table-schema.ts';
import { DeduplicatedTable, wholeTable } from '../../../support/deduplicated-table.ts';
import type { RecordParts } from '../../../support/run-pipeline.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';

const perHour: DeduplicateStep = { key: ['id'], ...wholeTable, window: { field: 'at', widthMs: 3_600_000 } };

async function createTable(deduplicate: DeduplicateStep = perHour): Promise<DeduplicatedTable> {
  return DeduplicatedTable.create(await scratchFolder(), {
    parse: { format: 'json', schema: [field('id', 'string'), field('at', 'timestamp')], onCastFailure: 'reject' },
    metadata: { p: 'partition', o: 'offset' },
    derive: [{ name: 'day', type: 'date', sql: `CAST("at" AT TIME ZONE 'UTC' AS DATE)` }],
    partitionBy: ['day'],
    deduplicate,
  });
}

/** An event of a day in November 2026: `e('a', '20T07:00')`. */
function e(id: string, at: string, partition = 0): RecordParts {
  return { partition, value: JSON.stringify({ id, at: `2026-11-${at}:00Z` }) };
}

const places = (rows: readonly Readonly<Record<string, unknown>>[]): string[] =>
  rows.map(({ p, o }) => `${String(p)}/${String(o)}`).toSorted();

describe('a batch after others', () => {
  it('leaves out what the table holds within the window, from whatever topic partition and day', async () => {
    const table = await createTable();
    await table.ingest(e('a', '20T23:30'), e('b', '20T23:30'));
    const { rows, group } = await table.ingest(
      e('a', '21T00:30', 1),
      e('b', '21T00:31', 1),
      e('c', '20T23:30', 1),
      e('c', '20T23:40', 0),
      e('a', '20T22:30', 0),
    );
    expect(places(rows)).toEqual(['0/2', '1/1']);
    expect(group.duplicates).toEqual({ inBatch: 1, inTable: 2 });
  });

  it('finds a duplicate however late it comes, and keeps the row that is there whatever `keep` says', async () => {
    const table = await createTable({ ...perHour, keep: 'latest' });
    await table.ingest(e('a', '01T07:00'));
    for (let day = 10; day < 20; day += 1) await table.ingest(e('a', `${day}T07:00`));
    const { rows, group } = await table.ingest(e('a', '01T07:30'));
    expect(rows).toEqual([]);
    expect(group.duplicates).toEqual({ inBatch: 0, inTable: 1 });
  });

  it('opens no file outside of the window, even where the batch has a row of long ago and one of the future', async () => {
    const table = await createTable();
    const dataFiles = async (): Promise<string[]> =>
      (await readdir(table.root, { recursive: true })).filter((path) => path.endsWith('.parquet'));
    await table.ingest(e('a', '10T07:00'));
    const others = await dataFiles();
    await table.ingest(e('a', '20T07:00'));
    for (const path of others) await rm(join(table.root, path));
    const { rows, group } = await table.attempt(e('a', '20T07:10'), e('a', '01T07:00'), e('a', '30T07:00'));
    expect(places(rows)).toEqual(['0/3', '0/4']);
    expect(group.duplicates).toEqual({ inBatch: 0, inTable: 1 });
    await expect(table.attempt(e('a', '10T07:30'))).rejects.toMatchObject({ code: 'TABLE_CORRUPT' });
  });

  it('looks through the whole table without a window', async () => {
    const table = await createTable({ key: ['id'], ...wholeTable });
    await table.ingest(e('a', '01T07:00'));
    const { rows } = await table.ingest(e('a', '30T07:00'), e('b', '30T07:00'), { value: '{"id":"a"}' });
    expect(places(rows)).toEqual(['0/2']);
  });

  it('takes columns that are called as its own are for what they are', async () => {
    const table = await DeduplicatedTable.create(await scratchFolder(), {
      parse: {
        format: 'json',
        schema: [field('digest', 'string'), field('micros', 'long'), field('rank', 'long'), field('held', 'string')],
        onCastFailure: 'reject',
      },
      metadata: { p: 'partition', o: 'offset' },
      deduplicate: {
        key: ['held', 'digest'],
        ...wholeTable,
        keep: 'latest',
        orderBy: 'rank',
        window: { field: 'micros', widthMs: 10 },
      },
    });
    const row = (micros: number, rank: number): RecordParts => ({
      value: JSON.stringify({ held: 'x', digest: 'y', micros, rank }),
    });
    expect(places((await table.ingest(row(100, 1), row(105, 2))).rows)).toEqual(['0/1']);
    expect(places((await table.ingest(row(115, 1), row(116, 1))).rows)).toEqual(['0/3']);
  });

  it('gives the same rows on every attempt, whatever was committed since its plan', async () => {
    const table = await createTable();
    await table.ingest(e('a', '20T07:00'));
    const batch = [e('a', '20T07:10'), e('b', '20T07:10'), e('b', '20T07:20', 1)];
    const first = await table.attemptAt(1, ...batch);
    await table.commit(first);
    const again = await table.attemptAt(1, ...batch);
    expect(places(first.rows)).toEqual(['0/2']);
    expect(again.rows).toEqual(first.rows);
    expect(again.group.counts).toEqual(first.group.counts);
    expect(again.group.dropped).toEqual(first.group.dropped);
  });

  it('is replayed without a trace: a table that is ingested twice has its rows once', async () => {
    const table = await createTable();
    const batches = Array.from({ length: 4 }, (_, hour) =>
      ['a', 'b', 'c'].map((id, index) => e(id, `20T0${hour}:${index}0`, index % 2)),
    );
    const counts: number[] = [];
    for (const batch of [...batches, ...batches]) counts.push((await table.ingest(...batch)).rows.length);
    expect(counts.slice(0, 4).reduce((sum, count) => sum + count)).toBeGreaterThan(3);
    expect(counts.slice(4)).toEqual([0, 0, 0, 0]);
  });
});
