import { BronzeError } from '../errors.ts';
import { hidden } from '../model/pipeline/pipeline-step.ts';
import type { PartStart, SqlSession } from './compiled-output.ts';

/** Makes a table of topic partitions, with the offset that each begins at, and the greatest event time, which moves on. */
export async function createStartTable(session: SqlSession, table: string, { partitions }: PartStart): Promise<void> {
  await session.run(
    `CREATE OR REPLACE TABLE ${table} (topic_partition INTEGER, from_offset BIGINT, greatest_us BIGINT)`,
    'begin a part',
  );
  if (partitions.length === 0) return;
  const rows = partitions.map(
    ({ partition, fromOffset, greatestEventTimeUs }) =>
      `(${partition}, ${fromOffset}, ${greatestEventTimeUs ?? 'NULL'})`,
  );
  await session.run(`INSERT INTO ${table} VALUES ${rows.join(', ')}`, 'begin a part');
}

/** SQL: the place of a record among all that the output has had. */
export function placeSql({ orderBase = 0n }: PartStart, offset: string): string {
  return orderBase === 0n ? offset : `(${offset} + ${orderBase})`;
}

export async function createLateTable(session: SqlSession, table: string): Promise<void> {
  await session.run(
    `CREATE OR REPLACE TABLE ${table} ` +
      `(${hidden.partition} INTEGER, ${hidden.offset} BIGINT, ${hidden.message} VARCHAR)`,
    'begin a part',
  );
}

/** Their rows would be lost without a word. Throws INTERNAL. */
export async function refuseStrangers(session: SqlSession, table: string, relation: string): Promise<void> {
  const [[stranger] = []] = await session.rows(
    `SELECT ${hidden.partition} FROM ${relation} ` +
      `ANTI JOIN ${table} ON ${hidden.partition} = topic_partition LIMIT 1`,
    'look for topic partitions',
  );
  if (stranger === undefined) return;
  throw new BronzeError(
    'INTERNAL',
    `a part has rows of topic partition ${Number(stranger)}, which it did not begin with`,
  );
}
