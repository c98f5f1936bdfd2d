import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { activeFiles } from '../../delta/log/active-files.ts';
import { locateDataFile } from '../../delta/data-file-path.ts';
import { locateDeletionVector } from '../../delta/deletion-vector/deletion-vector.ts';
import { loadTableState } from '../../delta/load-table-state.ts';
import type { TableState } from '../../delta/table-state.ts';
import { EngineSession } from '../../engine/session.ts';
import { BronzeError } from '../../errors.ts';
import { dataFileOf, type FileOfTable } from '../../lake/table/data-file.ts';
import { RemoteFiles } from '../../lake/remote/remote-files.ts';
import { createTableView } from '../../lake/table/table-view.ts';
import { quoteLiteral } from '../../model/pipeline/sql-text.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { heldCandidates, keyColumnsOf, readsOf, type HeldSearch, type KeyColumns } from './held-candidates.ts';
import { AbsentObject, checkpointReader } from '../files/readable-files.ts';

/** Where duplicates of a batch are looked for besides the batch itself. */
export interface HeldTable {
  readonly store: ObjectStore;
  /** The version that the plan names, so that every attempt finds the same. */
  readonly version: number;
  /** The lookup's own folder: made, and removed at the end. */
  readonly scratchFolder: string;
  readonly memoryLimitBytes: number;
}

export interface HeldKeysRequest extends HeldSearch {
  /** A Parquet file with the column `digest`: the keys of the batch. */
  readonly wantedFile: string;
  /** Where to put what is found: a Parquet file with `digest` and `micros`, in the folder of `wantedFile`. */
  readonly heldFile: string;
}

/** So much is read by one statement; where files have to be copied, so much is on disk at a time. */
const bytesPerRead = 512 * 1024 * 1024;

/**
 * Finds the rows of a table that have a key of the batch and lie near. Only files that may hold such rows are opened,
 * and only their columns with key and time are read; what is kept in memory are the digests of the batch. Runs in a
 * database of its own, which may read the table and sees no SQL of the user.
 * @throws BronzeError READ_VERSION_GONE where the version, or one of its files, was cleaned up meanwhile, and TABLE_CORRUPT
 * where a file is not there although the table still has it.
 */
export async function findHeldKeys(table: HeldTable, request: HeldKeysRequest): Promise<{ readonly files: number }> {
  await using session = await EngineSession.open({
    folder: table.scratchFolder,
    memoryLimitBytes: table.memoryLimitBytes,
    readsFrom: [table.store.root, dirname(request.wantedFile)],
  });
  try {
    return { files: await copyHeldKeys(session, table, request) };
  } catch (error) {
    throw error instanceof AbsentObject ? await absenceError(session, table, error) : error;
  }
}

async function copyHeldKeys(session: EngineSession, table: HeldTable, request: HeldKeysRequest): Promise<number> {
  const { store } = table;
  const state = await stateOf(session, table);
  const candidates = await heldCandidates(store, state, request, checkpointReader(session));
  const columns = keyColumnsOf(state, request);
  await session.run(
    `CREATE TABLE wanted AS SELECT digest FROM read_parquet(${quoteLiteral(request.wantedFile)})`,
    'read the keys of the batch',
  );
  await session.run('CREATE TABLE held (digest UUID, micros BIGINT)', 'prepare the lookup');
  for (const files of readsOf(candidates, bytesPerRead)) await readInto(session, store, files, request, columns);
  await session.run(
    `COPY (SELECT DISTINCT * FROM held) TO ${quoteLiteral(request.heldFile)} (FORMAT parquet)`,
    'note what the table holds',
  );
  return candidates.length;
}

async function stateOf(session: EngineSession, { store, version }: HeldTable): Promise<TableState> {
  const options = { readParquetRows: checkpointReader(session), version };
  const state = await loadTableState(store, options).catch((error: unknown) => {
    if (error instanceof BronzeError && error.code === 'TABLE_NOT_FOUND') return undefined;
    throw error;
  });
  if (!state) throw readVersionGone(store, `version ${version}`);
  return state;
}

function readVersionGone(store: ObjectStore, what: string): BronzeError {
  return new BronzeError(
    'READ_VERSION_GONE',
    `${store.root}: ${what} is not there any more, and the batch looks at it`,
  );
}

/** A file that the newest version names as well will not be there for the next plan either. */
async function absenceError(
  session: EngineSession,
  { store }: HeldTable,
  { path }: AbsentObject,
): Promise<BronzeError> {
  const options = { readParquetRows: checkpointReader(session), deletionVectors: 'return' } as const;
  const newest = await loadTableState(store, options);
  for await (const add of newest ? activeFiles(store, newest, options) : []) {
    if (!objectsOf(add, store).includes(path)) continue;
    return new BronzeError('TABLE_CORRUPT', `${store.root}: the log names ${path}, which is not there`);
  }
  return readVersionGone(store, `the file ${path}`);
}

const heldRows = 'held_rows';

/** Deleted rows are none, and of files that are elsewhere only what the statement reads is fetched. */
async function readInto(
  session: EngineSession,
  store: ObjectStore,
  files: readonly FileOfTable[],
  { deduplication, intervals }: HeldKeysRequest,
  columns: KeyColumns,
): Promise<void> {
  const { window, digestSql } = deduplication;
  const micros = window?.microsSql ?? 'CAST(0 AS BIGINT)';
  const near = window && intervals?.map(({ first, last }) => window.betweenSql(first, last)).join(' OR ');
  const where = near === undefined ? '' : `WHERE ${near}`;
  const sql =
    `INSERT INTO held SELECT digest, micros FROM (SELECT ${digestSql} AS digest, ${micros} AS micros FROM ${heldRows} ${where}) ` +
    'WHERE micros IS NOT NULL AND digest IN (SELECT digest FROM wanted)';
  const copies = join(session.outputFolder, randomUUID());
  await mkdir(copies);
  const remote = new RemoteFiles(session.connection, copies);
  try {
    const mode = columns.columnMapping ?? 'none';
    const dataFiles = await Promise.all(files.map((file) => dataFileOf({ files: remote }, store, file, mode)));
    await createTableView(session.connection, heldRows, { ...columns, files: dataFiles });
    await remote.bringFor(sql);
    await session.run(sql, `read keys of ${files.length} files`);
  } catch (error) {
    throw (await absentAmong(store, files)) ?? error;
  } finally {
    await rm(copies, { recursive: true, force: true });
  }
}

async function absentAmong(store: ObjectStore, files: readonly FileOfTable[]): Promise<AbsentObject | undefined> {
  for (const path of new Set(files.flatMap((file) => objectsOf(file, store)))) {
    if ((await store.head(path)) === undefined) return new AbsentObject(path);
  }
  return undefined;
}

/** The data file, and the file with its deletion vector, as far as they are in the table's folder. */
function objectsOf({ path, deletionVector }: FileOfTable, { root }: ObjectStore): readonly string[] {
  const file = locateDataFile(path, root);
  const vector = deletionVector && locateDeletionVector(deletionVector);
  return [...(file.kind === 'inside' ? [file.path] : []), ...(vector?.kind === 'relative' ? [vector.path] : [])];
}
