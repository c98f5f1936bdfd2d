import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BronzeError } from '../../errors.ts';
import { duckType, quoteIdentifier, quoteLiteral } from '../../model/pipeline/sql-text.ts';
import type { StructType } from '../../model/table/table-schema.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { Action } from '../actions.ts';
import { printCommit } from '../log/commit-entry.ts';
import { classicCheckpointPath, sidecarPath, uuidCheckpointPath } from '../log/log-path.ts';
import { linesSource, writeLines } from './action-lines.ts';
import { addType, checkpointMetadataType, removeType, sidecarType, tableActionTypes } from './checkpoint-columns.ts';
import type { CheckpointSession } from './checkpoint-session.ts';
import { fileRowsSql, type FileRowsSource, type FileRowsTable } from './file-rows-sql.ts';
import type { CheckpointHint } from './last-checkpoint.ts';

/** What a checkpoint is to hold. */
export interface CheckpointContent {
  readonly version: number;
  readonly tableActions: readonly Action[];
  readonly fileRows: FileRowsSource;
  readonly table: FileRowsTable;
  /** Paths of checkpoints that cannot be read: one in the place of this one is replaced. */
  readonly unreadable: ReadonlySet<string>;
}

type Written = Omit<CheckpointHint, 'version'>;

/** Writes a checkpoint in one of its forms (PROTOCOL.md, Checkpoint Specs), and moves it into the store. */
export async function copyCheckpoint(
  store: ObjectStore,
  session: CheckpointSession,
  content: CheckpointContent,
  format: 'classic' | 'v2',
): Promise<Written> {
  return format === 'v2' ? copyV2(store, session, content) : copyClassic(store, session, content);
}

async function copyClassic(
  store: ObjectStore,
  session: CheckpointSession,
  content: CheckpointContent,
): Promise<Written> {
  const tableRows = await tableRowsSql(session, content.tableActions, tableActionTypes);
  const path = classicCheckpointPath(content.version);
  const file = await copyRows(
    session,
    `SELECT *, NULL AS "add", NULL AS "remove" FROM (${tableRows})
     UNION ALL SELECT ${nullsOf(tableActionTypes)}, "add", "remove" FROM (${fileRowsSql(content.fileRows, content.table)})`,
  );
  const written = { size: file.rows, sizeInBytes: file.sizeBytes, numOfAddFiles: file.adds };
  if (content.unreadable.has(path)) await store.delete(path);
  await moveUnlessThere(store, path, file.path);
  return written;
}

const v2Types: Readonly<Record<string, StructType>> = {
  ...tableActionTypes,
  checkpointMetadata: checkpointMetadataType,
  sidecar: sidecarType,
};

/** All file actions in one sidecar, everything else at the top level. */
async function copyV2(store: ObjectStore, session: CheckpointSession, content: CheckpointContent): Promise<Written> {
  const { version, tableActions } = content;
  const files = await copyRows(session, fileRowsSql(content.fileRows, content.table));
  const name = `${randomUUID()}.parquet`;
  if (files.rows > 0) await store.putFile(sidecarPath(name), files.path);
  const sidecar = { path: name, sizeInBytes: files.sizeBytes, modificationTime: Date.now() };
  const topActions = files.rows > 0 ? [...tableActions, { sidecar }] : tableActions;
  const tableRows = await tableRowsSql(session, topActions, v2Types, [{ checkpointMetadata: { version } }]);
  // Readers expect the columns, with all their fields.
  const top = await copyRows(
    session,
    `SELECT *, CAST(NULL AS ${duckType(addType)}) AS "add", CAST(NULL AS ${duckType(removeType)}) AS "remove" FROM (${tableRows})`,
  );
  await store.putFile(uuidCheckpointPath(version, randomUUID()), top.path);
  return {
    size: top.rows + files.rows,
    sizeInBytes: top.sizeBytes + files.sizeBytes,
    numOfAddFiles: files.adds,
  };
}

/** A SELECT of the actions that are not about files. They pass through JSON, which keeps every digit of theirs. */
async function tableRowsSql(
  session: CheckpointSession,
  actions: readonly Action[],
  types: Readonly<Record<string, StructType>>,
  furtherLines: readonly object[] = [],
): Promise<string> {
  const path = join(session.outputFolder, `${randomUUID()}.json`);
  const printed = Buffer.from(printCommit(actions)).toString('utf8').trimEnd().split('\n');
  const file = await writeLines(path, [...furtherLines.map((line) => JSON.stringify(line)), ...printed]);
  return `SELECT ${Object.keys(types).map(quoteIdentifier).join(', ')} FROM ${linesSource(file, types)}`;
}

function nullsOf(types: Readonly<Record<string, StructType>>): string {
  return Object.keys(types)
    .map((name) => `NULL AS ${quoteIdentifier(name)}`)
    .join(', ');
}

interface LocalFile {
  readonly path: string;
  readonly rows: number;
  readonly adds: number;
  readonly sizeBytes: number;
}

/** Small row groups keep the memory of writers and readers small. */
const rowGroupRows = 10_240;

async function copyRows(session: CheckpointSession, select: string): Promise<LocalFile> {
  const path = join(session.outputFolder, `${randomUUID()}.parquet`);
  const file = quoteLiteral(path);
  await session.run(
    `COPY (${select}) TO ${file} (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE ${rowGroupRows})`,
    'write a log checkpoint',
  );
  const counts = await session.rows(`SELECT count(*), count("add".path) FROM read_parquet(${file})`, 'count its rows');
  const [rows, adds] = [Number(counts[0]?.[0]), Number(counts[0]?.[1])];
  return { path, rows, adds, sizeBytes: (await stat(path)).size };
}

/**
 * All checkpoints of a version say the same: whoever comes first has written it. In S3 another one would replace it under
 * whoever reads it part by part.
 */
async function moveUnlessThere(store: ObjectStore, path: string, localFile: string): Promise<void> {
  if ((await store.head(path)) !== undefined) return;
  try {
    await store.putFile(path, localFile);
  } catch (error) {
    const isThere = error instanceof BronzeError && (await store.head(path)) !== undefined;
    if (!isThere) throw error;
  }
}
