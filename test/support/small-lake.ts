import { join } from 'node:path';
import { newTableActions } from '../../src/delta/new-table.ts';
import { loadTableState } from '../../src/delta/load-table-state.ts';
import type { Action } from '../../src/delta/actions.ts';
import { deadLetterPartitionColumn, deadLetterSchema } from '../../src/model/table/dead-letter.ts';
import { field, struct, type StructType } from '../../src/model/table/table-schema.ts';
import { openObjectStore } from '../../src/storage/open-object-store.ts';
import { commitActions } from './delta-table.ts';
import { writeParquet } from './duckdb-parquet.ts';

export const tripSchema: StructType = struct(
  field('trip_id', 'long'),
  field('fare', 'decimal(10,2)'),
  field('place', struct(field('city', 'string'), field('zone', 'integer'))),
  field('_kafka_partition', 'integer'),
  field('_kafka_offset', 'long'),
  field('_ingested_at', 'timestamp'),
  field('_date', 'date'),
);

const tripSql = (from: number, count: number): string => `
  SELECT 9007199254740992 + i AS trip_id, (i / 4)::DECIMAL(10,2) AS fare,
    {'city': CASE WHEN i % 2 = 0 THEN 'Zürich' END, 'zone': i::INTEGER} AS place,
    (i % 2)::INTEGER AS _kafka_partition, (i // 2)::BIGINT AS _kafka_offset,
    '2026-11-20 09:00:00+00'::TIMESTAMPTZ + INTERVAL (i) SECOND AS _ingested_at
  FROM range(${from}, ${from + count}) t(i)`;

const deadLetterSql = `
  SELECT 'trips' AS topic, (i % 2)::INTEGER AS partition, (100 + i)::BIGINT AS "offset",
    '2026-11-20 08:00:00+00'::TIMESTAMPTZ AS timestamp, 'CreateTime' AS timestamp_type,
    CASE WHEN i <> 1 THEN 'key'::BLOB END AS key,
    CASE i WHEN 0 THEN '{"broken"'::BLOB WHEN 1 THEN NULL ELSE '\\xFF\\x00'::BLOB END AS value,
    [{'key': 'trace'::BLOB, 'value': 'abc'::BLOB}] AS headers, 'parse' AS step,
    CASE i WHEN 0 THEN 'INVALID_JSON' WHEN 1 THEN 'TOMBSTONE' ELSE 'INVALID_UTF8' END AS error_code,
    'message ' || i AS error_message, NULL::INTEGER AS schema_id, 'rides' AS job, 4::BIGINT AS batch,
    '2026-11-20 09:00:00+00'::TIMESTAMPTZ + INTERVAL (i) SECOND AS dead_lettered_at
  FROM range(3) t(i)`;

/**
 * A lake with `bronze_trips` (versions 1 and 2 add 10 rows each, on two dates) and `dlq_trips` (3 dead letters), below
 * the folder.
 */
export async function makeSmallLake(folder: string): Promise<string> {
  const trips = join(folder, 'bronze_trips');
  await commit(trips, newTableActions({ schema: tripSchema, partitionColumns: ['_date'] }));
  await commit(trips, [{ add: await writeParquet(trips, 'a.parquet', tripSql(0, 10), { _date: '2026-11-19' }) }]);
  await commit(trips, [{ add: await writeParquet(trips, 'b.parquet', tripSql(10, 10), { _date: '2026-11-20' }) }]);
  const deadLetters = join(folder, 'dlq_trips');
  const partitionColumns = [deadLetterPartitionColumn];
  await commit(deadLetters, newTableActions({ schema: deadLetterSchema, partitionColumns }));
  const date = { [deadLetterPartitionColumn]: '2026-11-20' };
  await commit(deadLetters, [{ add: await writeParquet(deadLetters, 'a.parquet', deadLetterSql, date) }]);
  return folder;
}

/** Adds ten more trips, as a new version of `bronze_trips`. */
export async function addTrips(lake: string, from: number): Promise<void> {
  const trips = join(lake, 'bronze_trips');
  await commit(trips, [
    { add: await writeParquet(trips, `more-${from}.parquet`, tripSql(from, 10), { _date: '2026-11-21' }) },
  ]);
}

async function commit(root: string, actions: readonly Action[]): Promise<void> {
  const store = openObjectStore(root);
  await commitActions(store, await loadTableState(store), actions);
}
