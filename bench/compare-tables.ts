import { openLakeSession } from '../src/lake/lake-session.ts';
import { openTableIfExists, viewTable } from '../src/lake/table/open-table.ts';
import type { JobSpec } from '../src/model/job/job-spec.ts';
import type { WrittenTables } from './measurement.ts';

export type Comparison =
  | { readonly kind: 'same'; readonly rows: number; readonly deadLetters: number }
  | { readonly kind: 'different'; readonly differences: readonly string[] };

/** Describes a table's content whatever the order of its rows; two tables are the same when these are equal. */
interface Fingerprint {
  readonly rows: number;
  readonly distinctOffsets: number;
  /** Sum over the rows of a hash of the compared values: unlike XOR it sees a row that occurs twice. */
  readonly hashSum: string;
}

const offsetColumns = ['_kafka_partition', '_kafka_offset'];

/**
 * Did both sides write the same? Compared are coordinates, timestamp and raw value of each row, with every parsed
 * column, every partition column and the row hash of the structured job; and coordinates and raw value of each dead
 * letter. When a row was ingested is each side's own.
 */
export async function compareTables(spec: JobSpec, ours: WrittenTables, spark: WrittenTables): Promise<Comparison> {
  const columns = comparedColumns(spec);
  const [ourRows, sparkRows] = [await fingerprint(ours.table, columns), await fingerprint(spark.table, columns)];
  const ourLetters = await fingerprint(ours.deadLetters, {
    offset: ['"partition"', '"offset"'],
    values: ['CAST("partition" AS INTEGER)', 'CAST("offset" AS BIGINT)', 'decode(value)'],
  });
  const sparkLetters = await fingerprint(spark.deadLetters, {
    offset: offsetColumns,
    values: ['CAST(_kafka_partition AS INTEGER)', 'CAST(_kafka_offset AS BIGINT)', '_raw_value'],
  });
  const differences = [
    ...differencesOf('table', ourRows, sparkRows),
    ...differencesOf('dead letters', ourLetters, sparkLetters),
  ];
  if (differences.length > 0) return { kind: 'different', differences };
  return { kind: 'same', rows: ourRows.rows, deadLetters: ourLetters.rows };
}

interface ComparedColumns {
  readonly offset: readonly string[];
  /** SQL expressions whose types are the same on both sides. */
  readonly values: readonly string[];
}

function comparedColumns(spec: JobSpec): ComparedColumns {
  const { parse, metadata, derive } = spec.steps;
  const ownTime = ['ingestedAt', 'ingestionDate', 'timestamp'];
  const parsed = parse.format === 'raw' ? [] : parse.schema;
  return {
    offset: offsetColumns,
    values: [
      ...parsed.map(({ name, type }) => (type === 'timestamp' ? `epoch_us("${name}")` : `"${name}"`)),
      ...derive.columns.map(({ name }) => `"${name}"`),
      ...metadata.columns.filter(({ source }) => !ownTime.includes(source)).map(({ name }) => `"${name}"`),
      'epoch_us(_kafka_timestamp)',
    ],
  };
}

async function fingerprint(tableRoot: string, columns: ComparedColumns): Promise<Fingerprint> {
  const table = await openTableIfExists(tableRoot);
  if (!table) return { rows: 0, distinctOffsets: 0, hashSum: '0' };
  await using session = await openLakeSession({ memoryBytes: 2_000_000_000 });
  await viewTable(session, 'compared', table);
  const reader = await session.connection.runAndReadAll(`
    SELECT count(*)::VARCHAR, count(DISTINCT (${columns.offset.join(', ')}))::VARCHAR,
           coalesce(sum(hash(${columns.values.join(', ')})::HUGEINT), 0)::VARCHAR
    FROM compared`);
  const [rows, distinctOffsets, hashSum] = (reader.getRows()[0] ?? []).map(String);
  return { rows: Number(rows), distinctOffsets: Number(distinctOffsets), hashSum: hashSum ?? '' };
}

function differencesOf(what: string, ours: Fingerprint, spark: Fingerprint): string[] {
  const differences: string[] = [];
  if (ours.rows !== spark.rows) differences.push(`${what}: ${ours.rows} rows of ours, ${spark.rows} of Spark's`);
  for (const [side, { rows, distinctOffsets }] of [['ours', ours] as const, ["Spark's", spark] as const]) {
    if (rows !== distinctOffsets) {
      differences.push(`${what}: ${rows} rows of ${side} have ${distinctOffsets} different offsets`);
    }
  }
  if (differences.length === 0 && ours.hashSum !== spark.hashSum) {
    differences.push(`${what}: as many rows at as many offsets, but values differ`);
  }
  return differences;
}
