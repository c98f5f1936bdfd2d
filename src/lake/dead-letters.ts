import { BronzeError } from '../errors.ts';
import { deadLetterSchema } from '../model/table/dead-letter.ts';
import { findTables, type FoundTable } from './lake-root.ts';
import { openLakeSession, type LakeSession } from './lake-session.ts';
import { guessTable, openTable, viewTable, type LakeTable } from './table/open-table.ts';
import { openObjectStore } from '../storage/open-object-store.ts';
import { plainValue, type PlainValue } from './query/plain-value.ts';
import { quoteLiteral } from '../model/pipeline/sql-text.ts';
import { viewTablesFor } from './query/view-tables.ts';
import { loadReplayed, replayedRunsSql } from './replayed-letters.ts';

/** How many records of a dead-letter table have one topic, job and error code. */
export interface DeadLetterCount {
  readonly table: string;
  readonly topic: string;
  readonly job: string;
  readonly code: string;
  readonly records: number;
  /** Of those, how many replays have sent again. */
  readonly replayed: number;
  /** ISO 8601, UTC. */
  readonly oldest: string;
  readonly newest: string;
}

export interface DeadLetterFilter {
  readonly code?: string;
  readonly partition?: number;
  readonly offset?: bigint;
  readonly limit: number;
}

export interface DeadLetter {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly timestamp: string | null;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly { readonly key: Uint8Array | null; readonly value: Uint8Array | null }[];
  readonly step: string;
  readonly error_code: string;
  readonly error_message: string;
  readonly schema_id: number | null;
  readonly job: string;
  readonly batch: bigint;
  readonly dead_lettered_at: string;
  /** When a replay sent it again last; null where none did. */
  readonly replayed_at: string | null;
}

/** Counts of every dead-letter table of the lake, most first within a table. */
export async function countDeadLetters(lake: string): Promise<DeadLetterCount[]> {
  const counts: DeadLetterCount[] = [];
  await using session = await openLakeSession();
  for (const found of await findTables(lake)) {
    const table = await openTable(found);
    if (!isDeadLetterTable(table)) continue;
    await viewTable(session, 'dead_letters', table);
    const isReplayed = (await loadReplayed(session, table.store)) ? `EXISTS (${replayedRunsSql('1', 'l')})` : 'false';
    const reader = await session.read(`
      SELECT topic, job, error_code AS code, count(*) AS records, count(*) FILTER (is_replayed) AS replayed,
        min(dead_lettered_at) AS oldest, max(dead_lettered_at) AS newest
      FROM (SELECT topic, job, error_code, dead_lettered_at, ${isReplayed} AS is_replayed FROM dead_letters l)
      GROUP BY ALL ORDER BY records DESC, code`);
    for (const row of reader.getRows()) {
      const [topic, job, code, records, replayed, oldest, newest] = row.map(plainValue).map(String);
      counts.push({
        table: found.name,
        topic: topic ?? '',
        job: job ?? '',
        code: code ?? '',
        records: Number(records),
        replayed: Number(replayed),
        oldest: oldest ?? '',
        newest: newest ?? '',
      });
    }
  }
  return counts;
}

/** A table is one of dead letters when it has the columns of one. */
export function isDeadLetterTable(table: LakeTable): boolean {
  const names = new Set(table.state.schema.fields.map((field) => field.name));
  return deadLetterSchema.fields.every((field) => names.has(field.name));
}

/** A dead-letter table, and which of its records are meant where several topics or jobs share it. */
export interface FoundDeadLetters {
  readonly table: LakeTable;
  readonly topic?: string;
  readonly job?: string;
}

/**
 * The dead-letter table of that name, or the one of a data table, topic or job of that name.
 * @throws BronzeError `TABLE_NOT_FOUND`; `USAGE` where there are several.
 */
export async function findDeadLetters(name: string, lake: string): Promise<FoundDeadLetters> {
  const tables = await findTables(lake);
  const candidates = [name, `dlq_${name}`, `${name}_dlq`, name.replace(/^bronze_/, 'dlq_')];
  for (const candidate of candidates) {
    const found = tables.find((table) => table.name === candidate) ?? pathAsTable(candidate);
    if (!found) continue;
    const table = await openTable(found).catch(() => undefined);
    if (table && isDeadLetterTable(table)) return { table };
  }
  const counts = await countDeadLetters(lake);
  for (const meant of ['topic', 'job'] as const) {
    const [first, ...more] = new Set(counts.filter((count) => count[meant] === name).map(({ table }) => table));
    if (more.length > 0)
      throw new BronzeError(
        'USAGE',
        `dead letters of the ${meant} ${name} are in ${[first, ...more].join(', ')}; name one`,
      );
    const found = tables.find((table) => table.name === first);
    if (found) return { table: await openTable(found), [meant]: name };
  }
  const others: FoundTable[] = [];
  for (const table of tables) if (isDeadLetterTable(await openTable(table))) others.push(table);
  const known = others.length === 0 ? tables : others;
  throw new BronzeError('TABLE_NOT_FOUND', `no dead-letter table ${name}${guessTable(name, lake, known)}`);
}

function pathAsTable(path: string): FoundTable | undefined {
  return path.includes('/') ? { name: path, root: openObjectStore(path).root } : undefined;
}

/** Records of a dead-letter table, newest first. */
export async function readDeadLetters(
  { table, topic, job }: FoundDeadLetters,
  filter: DeadLetterFilter,
): Promise<DeadLetter[]> {
  await using session = await openLakeSession();
  const conditions = [
    ...(topic === undefined ? [] : [`topic = ${quoteLiteral(topic)}`]),
    ...(job === undefined ? [] : [`job = ${quoteLiteral(job)}`]),
    ...(filter.code === undefined ? [] : [`error_code = ${quoteLiteral(filter.code.toUpperCase())}`]),
    ...(filter.partition === undefined ? [] : [`partition = ${filter.partition}`]),
    ...(filter.offset === undefined ? [] : [`"offset" = ${filter.offset}`]),
  ];
  const sql = `
    SELECT topic, partition, "offset", timestamp, key, value, headers, step, error_code, error_message, schema_id, job,
      batch, dead_lettered_at
    FROM dead_letters ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
    ORDER BY dead_lettered_at DESC, "offset" DESC, partition LIMIT ${filter.limit}`;
  await viewTablesFor(session, sql, new Map([['dead_letters', table]]));
  const reader = await session.read(sql);
  const columns = reader.columnNames();
  const rows = reader.getRows();
  const hasReplays = await loadReplayed(session, table.store);
  const letters = rows.map((row) => {
    const record: Record<string, PlainValue> = {};
    for (const [index, value] of row.entries()) record[columns[index] ?? ''] = plainValue(value);
    record['headers'] ??= [];
    record['replayed_at'] = null;
    // `isDeadLetterTable` holds for the table, so the columns have these types.
    return record as unknown as DeadLetter;
  });
  if (!hasReplays) return letters;
  const marked: DeadLetter[] = [];
  for (const letter of letters) marked.push({ ...letter, replayed_at: await replayedAt(session, letter) });
  return marked;
}

async function replayedAt(
  { connection }: LakeSession,
  { job, topic, partition, batch, offset }: DeadLetter,
): Promise<string | null> {
  const letter =
    `SELECT ${quoteLiteral(job)} AS job, ${quoteLiteral(topic)} AS topic, ${partition} AS partition, ` +
    `${batch} AS batch, ${offset} AS "offset"`;
  const reader = await connection.runAndReadAll(
    `SELECT (${replayedRunsSql('max(r.sent_at)', 'l')}) FROM (${letter}) l`,
  );
  const [sentAt] = reader.getRows()[0] ?? [];
  return typeof sentAt === 'string' ? sentAt : null;
}
