import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadBenchJob } from '../../../bench/bench-job.ts';
import { compareTables } from '../../../bench/compare-tables.ts';
import type { WrittenTables } from '../../../bench/measurement.ts';
import { newTableActions } from '../../../src/delta/new-table.ts';
import { deadLetterPartitionColumn, deadLetterSchema } from '../../../src/model/table/dead-letter.ts';
import { field, struct, type StructType } from '../../../src/model/table/table-schema.ts';
import { openObjectStore } from '../../../src/storage/open-object-store.ts';
import { commitActions } from '../../support/delta-table.ts';
import { writeParquet } from '../../support/duckdb-parquet.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

const spec = loadBenchJob('raw', {
  bootstrapServers: 'localhost:9092',
  topic: 'gps',
  maxOffsetsPerTrigger: 1,
  lake: '/lake',
});

const rowSchema = struct(
  field('_raw_value', 'string'),
  field('_kafka_partition', 'integer'),
  field('_kafka_offset', 'long'),
  field('_kafka_timestamp', 'timestamp'),
  field('_ingested_at', 'timestamp'),
);
const sparkLetterSchema = struct(
  field('_raw_value', 'string'),
  field('_kafka_partition', 'integer'),
  field('_kafka_offset', 'long'),
);

async function writeTable(
  root: string,
  schema: StructType,
  queries: readonly string[],
  partitionColumns: readonly string[] = [],
): Promise<void> {
  const partitionValues = Object.fromEntries(partitionColumns.map((name) => [name, '2026-11-20']));
  const adds = await Promise.all(
    queries.map((query, index) => writeParquet(root, `f${index}.parquet`, query, partitionValues)),
  );
  const actions = [...newTableActions({ schema, partitionColumns }), ...adds.map((add) => ({ add }))];
  await commitActions(openObjectStore(root), undefined, actions);
}

const rows = (from: number, to: number, value = `'v' || i`): string =>
  `SELECT ${value} AS _raw_value, 0::INTEGER AS _kafka_partition, i AS _kafka_offset,
    make_timestamptz(i * 1000000) AS _kafka_timestamp, now() AS _ingested_at FROM range(${from}, ${to}) t(i)`;

async function ours(queries: readonly string[], letters: readonly string[] = []): Promise<WrittenTables> {
  const folder = await scratchFolder();
  const tables = { table: join(folder, 'table'), deadLetters: join(folder, 'dlq') };
  await writeTable(tables.table, rowSchema, queries);
  if (letters.length > 0) await writeTable(tables.deadLetters, deadLetterSchema, letters, [deadLetterPartitionColumn]);
  return tables;
}

async function sparks(queries: readonly string[], letters: readonly string[] = []): Promise<WrittenTables> {
  const folder = await scratchFolder();
  const tables = { table: join(folder, 'table'), deadLetters: join(folder, 'dlq') };
  await writeTable(tables.table, rowSchema, queries);
  if (letters.length > 0) await writeTable(tables.deadLetters, sparkLetterSchema, letters);
  return tables;
}

describe('compareTables', () => {
  it('takes tables for the same whatever the order of rows and files', async () => {
    const left = await ours([rows(0, 10), rows(10, 30)]);
    const right = await sparks([`${rows(0, 30)} ORDER BY i DESC`]);
    expect(await compareTables(spec, left, right)).toEqual({ kind: 'same', rows: 30, deadLetters: 0 });
  });

  it('sees a row that is missing', async () => {
    const comparison = await compareTables(spec, await ours([rows(0, 29)]), await sparks([rows(0, 30)]));
    expect(comparison).toMatchObject({ kind: 'different', differences: ["table: 29 rows of ours, 30 of Spark's"] });
  });

  it('sees a value that differs', async () => {
    const right = await sparks([rows(0, 29), rows(29, 30, `'other'`)]);
    const comparison = await compareTables(spec, await ours([rows(0, 30)]), right);
    expect(comparison).toMatchObject({ kind: 'different', differences: [expect.stringContaining('values differ')] });
  });

  it('sees a row that is there twice in place of another, on both sides', async () => {
    const twice = [rows(0, 29), rows(28, 29)];
    const comparison = await compareTables(spec, await ours(twice), await sparks(twice));
    expect(comparison).toMatchObject({ kind: 'different', differences: [expect.any(String), expect.any(String)] });
  });

  it('compares dead letters by coordinates and bytes', async () => {
    const letter = (value: string): string =>
      `SELECT 'gps' AS topic, 0::INTEGER AS "partition", 3::BIGINT AS "offset", encode('${value}') AS value`;
    const sparkLetter = `SELECT 'broken' AS _raw_value, 0::INTEGER AS _kafka_partition, 3::BIGINT AS _kafka_offset`;
    const right = await sparks([rows(0, 3)], [sparkLetter]);
    const same = await compareTables(spec, await ours([rows(0, 3)], [letter('broken')]), right);
    expect(same).toEqual({ kind: 'same', rows: 3, deadLetters: 1 });
    const other = await compareTables(spec, await ours([rows(0, 3)], [letter('spoilt')]), right);
    expect(other).toMatchObject({ kind: 'different', differences: [expect.stringContaining('dead letters')] });
  });
});
