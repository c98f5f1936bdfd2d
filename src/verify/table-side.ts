import type { DuckDBConnection } from '@duckdb/node-api';
import type { LakeSession } from '../lake/lake-session.ts';
import { viewTable, type LakeTable } from '../lake/table/open-table.ts';
import { isBinaryFormat } from '../model/job/binary-parse.ts';
import { lateRecordCode } from '../model/table/dead-letter.ts';
import { quoteIdentifier, quoteLiteral } from '../model/pipeline/sql-text.ts';
import type { JobSpec } from '../model/job/job-spec.ts';
import type { MetadataSource } from '../model/job/metadata-source.ts';
import { unscrubbedColumns } from '../model/job/scrub-rule.ts';

/** What a job's table shows of the records it was made from. */
export interface RowEvidence {
  /** Columns by what they hold; none of a table that is not there yet. */
  readonly columns: Readonly<Partial<Record<MetadataSource, string>>>;
  /** Can rows be found by topic partition and offset? */
  readonly hasCoordinates: boolean;
  readonly comparesValues: boolean;
  readonly comparesKeys: boolean;
  /** Rows of the topic; of the whole table where rows do not tell their topic. */
  readonly rows: number;
}

/**
 * Loads coordinates and hashes of all rows of a topic into the temporary table `verify_rows`. Hashes are DuckDB's own:
 * they are compared within one process only. A NULL hash stands for what the table does not show.
 */
export async function loadRows(
  session: LakeSession,
  spec: JobSpec,
  source: { readonly topic: string; readonly table: LakeTable | undefined; readonly isShared: boolean },
): Promise<RowEvidence> {
  const { table, topic } = source;
  const { connection } = session;
  await createEmpty(connection, 'verify_rows');
  const columns = table ? metadataColumns(spec, table) : {};
  const { partition, offset } = columns;
  // Of a binary format the text is what was decoded, and not the value.
  const value = columns.valueBytes ?? (isBinaryFormat(spec.steps.parse.format) ? undefined : columns.value);
  const ofTopic =
    source.isShared && columns.topic !== undefined
      ? `WHERE ${quoteIdentifier(columns.topic)} = ${quoteLiteral(topic)}`
      : '';
  const hasCoordinates = partition !== undefined && offset !== undefined && (!source.isShared || ofTopic !== '');
  const evidence = {
    columns,
    hasCoordinates: hasCoordinates || table === undefined,
    comparesValues: value !== undefined,
    comparesKeys: columns.keyBytes !== undefined,
  };
  if (!table) return { ...evidence, rows: 0 };
  await viewTable(session, 'verify_table', table);
  if (!hasCoordinates) return { ...evidence, rows: await countRows(session, `verify_table ${ofTopic}`) };
  await session.run(`
    INSERT INTO verify_rows
    SELECT CAST(${quoteIdentifier(partition)} AS INTEGER), ${quoteIdentifier(offset)},
      ${value === undefined ? 'NULL' : hashOf(value, columns.valueBytes === undefined)},
      ${columns.keyBytes === undefined ? 'NULL' : hashOf(columns.keyBytes, false)}
    FROM verify_table ${ofTopic}`);
  return { ...evidence, rows: await countRows(session, 'verify_rows') };
}

/**
 * The same for the dead letters of a job and topic, into `verify_dead_letters`. Late records are rows of the job's table too,
 * and left out.
 */
export async function loadDeadLetters(
  session: LakeSession,
  source: { readonly job: string; readonly topic: string; readonly table: LakeTable | undefined },
): Promise<number> {
  const { connection } = session;
  await createEmpty(connection, 'verify_dead_letters');
  if (!source.table) return 0;
  await viewTable(session, 'verify_dead_letter_table', source.table);
  await session.run(`
    INSERT INTO verify_dead_letters
    SELECT partition, "offset", ${shown(hashOf('value', false))}, ${shown(hashOf('key', false))}
    FROM verify_dead_letter_table
    WHERE topic = ${quoteLiteral(source.topic)} AND job = ${quoteLiteral(source.job)}
      AND error_code IS DISTINCT FROM ${quoteLiteral(lateRecordCode)}`);
  return countRows(session, 'verify_dead_letters');
}

/** Dead letters of a job with personal data hold none of the three; all others have at least an empty list of headers. */
function shown(hash: string): string {
  return `CASE WHEN headers IS NOT NULL OR value IS NOT NULL OR key IS NOT NULL THEN ${hash} END`;
}

/** Without those in which steps put something else. */
function metadataColumns(spec: JobSpec, table: LakeTable): RowEvidence['columns'] {
  const inTable = new Set(table.state.schema.fields.map((field) => field.name));
  const columns: Partial<Record<MetadataSource, string>> = {};
  const { key, metadata, scrub, normalize } = spec.steps;
  const redacted = scrub === undefined ? [] : unscrubbedColumns(metadata.columns, scrub.rules, key?.columns);
  const rewritten = [...(scrub?.rules ?? []), ...(normalize?.rules ?? [])].map(({ field }) => field);
  const changed = new Set([...redacted, ...rewritten]);
  for (const { name, source } of metadata.columns) {
    if (inTable.has(name) && !changed.has(name)) columns[source] ??= name;
  }
  return columns;
}

/** `hash(NULL)` is a number too: that of a null value, as opposed to one that is not shown. */
function hashOf(column: string, isText: boolean): string {
  return `hash(${isText ? `encode(${quoteIdentifier(column)})` : quoteIdentifier(column)})`;
}

async function createEmpty(connection: DuckDBConnection, name: string): Promise<void> {
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE ${name} (part INTEGER, off BIGINT, value_hash UBIGINT, key_hash UBIGINT)`,
  );
}

async function countRows(session: LakeSession, from: string): Promise<number> {
  return Number((await session.read(`SELECT count(*) FROM ${from}`)).value(0, 0));
}
