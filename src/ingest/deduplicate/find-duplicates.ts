import { join } from 'node:path';
import type { EngineSession } from '../../engine/session.ts';
import { BronzeError } from '../../errors.ts';
import type { DuplicateCounts } from '../../model/job/deduplicate-rule.ts';
import { hidden, isRow } from '../../model/pipeline/pipeline-step.ts';
import { quoteLiteral } from '../../model/pipeline/sql-text.ts';
import type { StructField } from '../../model/table/table-schema.ts';
import type { CompiledWindow, Deduplication } from '../../transform/deduplicate.ts';
import { DuplicateJudge } from './duplicate-judge.ts';
import { findHeldKeys, type HeldTable } from './held-keys.ts';
import { duplicateTable, stagedRows } from '../transform/stage-records.ts';
import { windowIntervals, type Interval } from './window-intervals.ts';

export interface DuplicateSearch {
  readonly session: EngineSession;
  readonly deduplication: Deduplication;
  /** The columns of the job's table. */
  readonly fields: readonly StructField[];
  /** Absent where only the batch itself is looked at. */
  readonly held?: HeldTable;
}

const keyTable = 'row_keys';

/**
 * Finds the rows of a batch that are duplicates of another one that stays, and leaves them in `duplicateTable`. Keys, times and ranks of all rows are in a
 * table that the engine spills; only rows whose key is there more than once are looked at one by one.
 */
export async function findDuplicates(search: DuplicateSearch): Promise<DuplicateCounts> {
  const { session, deduplication } = search;
  await session.run(`CREATE TABLE ${keyTable} AS ${comparedKeysSql(deduplication)}`, 'digest the keys');
  const heldFile = search.held && (await lookUp(search, search.held));
  await session.run(
    `CREATE TABLE ${duplicateTable} (${hidden.partition} INTEGER, ${hidden.offset} BIGINT)`,
    'prepare duplicates',
  );
  const counts = await judgeRows(session, deduplication, heldFile);
  await session.run(`DROP TABLE ${keyTable}`, 'forget the keys');
  return counts;
}

/** A SELECT of what is compared of each row, over staged rows. */
export function comparedKeysSql({ digestSql, window, rankSql }: Deduplication): string {
  const keys =
    `SELECT ${digestSql} AS digest, ${window?.microsSql ?? 'CAST(0 AS BIGINT)'} AS micros, ${rankSql} AS rank, ` +
    `${hidden.partition}, ${hidden.offset} FROM ${stagedRows} WHERE ${isRow}`;
  return `SELECT * FROM (${keys}) WHERE digest IS NOT NULL AND micros IS NOT NULL`;
}

/** Gives the file with what the table holds; `undefined` where there is nothing to compare. */
async function lookUp(
  { session, deduplication, fields }: DuplicateSearch,
  held: HeldTable,
): Promise<string | undefined> {
  const { window } = deduplication;
  const extent = await extentOf(session);
  if (extent === undefined) return undefined;
  const [wantedFile, heldFile] = ['wanted', 'held'].map((name) => join(session.outputFolder, `${name}.parquet`));
  if (wantedFile === undefined || heldFile === undefined) return undefined;
  const intervals = window && windowIntervals(extent, await gapsIn(session, window), window.widthMicros);
  const wanted = `SELECT DISTINCT digest FROM ${keyTable}`;
  await session.run(`COPY (${wanted}) TO ${quoteLiteral(wantedFile)} (FORMAT parquet)`, 'note the keys');
  await findHeldKeys(held, { deduplication, fields, intervals, wantedFile, heldFile });
  return heldFile;
}

async function extentOf(session: EngineSession): Promise<Interval | undefined> {
  const [[first, last] = []] = await session.rows(`SELECT min(micros), max(micros) FROM ${keyTable}`, 'find the times');
  return first === null || first === undefined ? undefined : { first: microsOf(first), last: microsOf(last) };
}

/** Each one makes a condition of the lookup longer. */
const mostGaps = 15;

/** The widest stretches without a row, of those that are wider than what the window reaches into from both sides. */
async function gapsIn(
  session: EngineSession,
  { widthMicros }: CompiledWindow,
): Promise<readonly { readonly before: bigint; readonly after: bigint }[]> {
  const bucket = widthMicros > 0n ? widthMicros : 1n;
  const rows = await session.rows(
    `SELECT before, after FROM (SELECT lag(last) OVER (ORDER BY bucket) AS before, first AS after FROM (` +
      `SELECT micros // ${bucket} AS bucket, min(micros) AS first, max(micros) AS last FROM ${keyTable} GROUP BY ALL)) ` +
      `WHERE CAST(after AS HUGEINT) - before > ${2n * widthMicros} ` +
      `ORDER BY CAST(after AS HUGEINT) - before DESC LIMIT ${mostGaps}`,
    'find gaps between the times',
  );
  return rows.map(([before, after]) => ({ before: microsOf(before), after: microsOf(after) }));
}

async function judgeRows(
  session: EngineSession,
  { window, rankOrder }: Deduplication,
  heldFile: string | undefined,
): Promise<DuplicateCounts> {
  const judge = new DuplicateJudge(window?.widthMicros);
  const counts = { inBatch: 0, inTable: 0 };
  const appender = await session.appendConnection.createAppender(duplicateTable);
  let previous: unknown;
  for await (const [digests, heldFlags, times, partitions, offsets] of session.columns(
    comparedSql(rankOrder, heldFile),
    'compare keys',
  )) {
    for (const [index, digest] of (digests ?? []).entries()) {
      const micros = bigintOf(times?.[index]);
      const verdict = judge.judge({ isNewKey: digest !== previous, isHeld: heldFlags?.[index] === true, micros });
      previous = digest;
      if (verdict === 'kept') continue;
      counts[verdict === 'duplicateInTable' ? 'inTable' : 'inBatch'] += 1;
      appender.appendInteger(Number(partitions?.[index]));
      appender.appendBigInt(bigintOf(offsets?.[index]));
      appender.endRow();
    }
  }
  appender.closeSync();
  return counts;
}

/** Rows whose key is there more than once, key by key: those of the table, then those of the batch by rank. */
function comparedSql(rankOrder: Deduplication['rankOrder'], heldFile: string | undefined): string {
  const batch = `SELECT digest, false AS is_held, micros, ${hidden.partition}, ${hidden.offset}, rank FROM ${keyTable}`;
  const held =
    heldFile === undefined
      ? ''
      : ` UNION ALL SELECT digest, true, micros, NULL, NULL, NULL FROM read_parquet(${quoteLiteral(heldFile)})`;
  const repeated = `SELECT digest FROM all_rows GROUP BY digest HAVING count(*) > 1`;
  const direction = rankOrder === 'ascending' ? 'ASC' : 'DESC';
  const order = ['rank', hidden.partition, hidden.offset, 'micros'].map(
    (column) => `${column} ${direction} NULLS LAST`,
  );
  return (
    `WITH all_rows AS MATERIALIZED (${batch}${held}) ` +
    `SELECT CAST(digest AS VARCHAR), is_held, micros, ${hidden.partition}, ${hidden.offset} FROM all_rows ` +
    `WHERE digest IN (${repeated}) ORDER BY digest, is_held DESC, ${order.join(', ')}`
  );
}

/** DuckDB's JSON-safe form of a BIGINT is text. */
function microsOf(value: unknown): bigint {
  return BigInt(String(value));
}

function bigintOf(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  throw new BronzeError('INTERNAL', `the engine gave a ${typeof value} where a BIGINT was asked for`);
}
