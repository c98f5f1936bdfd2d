import { dirname } from 'node:path';
import type { AddAction } from '../delta/actions.ts';
import { activeFiles } from '../delta/active-files.ts';
import { columnMappingMode } from '../delta/column-mapping.ts';
import { dataFilePath } from '../delta/data-file-path.ts';
import { loadTableState } from '../delta/load-table-state.ts';
import { partitionLiteral } from '../delta/partition-literal.ts';
import { physicalColumns } from '../delta/physical-columns.ts';
import type { TableState } from '../delta/table-state.ts';
import { EngineSession } from '../engine/session.ts';
import { BronzeError } from '../errors.ts';
import { physicalName, physicalPath, type ColumnMappingMode } from '../model/column-mapping.ts';
import { quoteIdentifier, quoteLiteral } from '../model/sql-text.ts';
import type { StructField } from '../model/table-schema.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Deduplication } from '../transform/deduplicate.ts';
import { withNamesOf } from './file-columns.ts';
import { fileTimes } from './file-times.ts';
import { AbsentObject, checkpointReader, readableFiles } from './readable-files.ts';
import { overlapsAny, type Interval } from './window-intervals.ts';

/** Where duplicates of a batch are looked for besides the batch itself. */
export interface HeldTable {
  readonly store: ObjectStore;
  /** The version that the plan names, so that every attempt finds the same. */
  readonly version: number;
  /** The lookup's own folder: made, and removed at the end. */
  readonly scratchFolder: string;
  readonly memoryLimitBytes: number;
}

export interface HeldKeysRequest {
  readonly deduplication: Deduplication;
  /** The columns of the job's table; those that a file does not have are null in it. */
  readonly fields: readonly StructField[];
  /** Rows outside of these are near none of the batch; absent where there is no window. */
  readonly intervals: readonly Interval[] | undefined;
  /** A Parquet file with the column `digest`: the keys of the batch. */
  readonly wantedFile: string;
  /** Where to put what is found: a Parquet file with `digest` and `micros`, in the folder of `wantedFile`. */
  readonly heldFile: string;
}

/** What is kept of an add: there may be very many. */
interface Candidate extends Pick<AddAction, 'size' | 'partitionValues'> {
  /** In the store. */
  readonly path: string;
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
  const state = await stateOf(session, table);
  const { files: candidates, columns } = await candidateFiles(session, table.store, state, request);
  await session.run(
    `CREATE TABLE wanted AS SELECT digest FROM read_parquet(${quoteLiteral(request.wantedFile)})`,
    'read the keys of the batch',
  );
  await session.run('CREATE TABLE held (digest UUID, micros BIGINT)', 'prepare the lookup');
  for (const files of readsOf(candidates, columns)) {
    await readInto(session, table.store, files, request, columns);
  }
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

/** The columns that make keys and times, as the table has them. */
interface KeyColumns {
  readonly fields: readonly StructField[];
  readonly mode: ColumnMappingMode;
}

async function candidateFiles(
  session: EngineSession,
  store: ObjectStore,
  state: TableState,
  { deduplication: { window, columns }, intervals, fields }: HeldKeysRequest,
): Promise<{ readonly files: readonly Candidate[]; readonly columns: KeyColumns }> {
  const mode = columnMappingMode(state.metaData);
  const steps = window?.place.steps.flatMap((step) => (step.kind === 'field' ? [step.name] : [])) ?? [];
  const path = physicalPath(state.schema.fields, steps, mode);
  const files: Candidate[] = [];
  for await (const add of activeFiles(store, state, { readParquetRows: checkpointReader(session) })) {
    const times = window && intervals ? fileTimes(add, path, window.place.type) : 'unknown';
    if (times === 'none') continue;
    if (times !== 'unknown' && intervals && !overlapsAny(times, intervals)) continue;
    files.push({ path: dataFilePath(add.path, store.root), size: add.size, partitionValues: add.partitionValues });
  }
  const named = withNamesOf({ type: 'struct', fields }, state.schema);
  return { files, columns: { fields: named.fields.filter(({ name }) => columns.includes(name)), mode } };
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
  const options = { readParquetRows: checkpointReader(session) };
  const newest = await loadTableState(store, options);
  for await (const add of newest ? activeFiles(store, newest, options) : []) {
    if (dataFilePath(add.path, store.root) !== path) continue;
    return new BronzeError('TABLE_CORRUPT', `${store.root}: the log names ${path}, which is not there`);
  }
  return readVersionGone(store, `the file ${path}`);
}

/** Files that one statement can read: those of one read have the same values in the partition columns that are asked for. */
function readsOf(candidates: readonly Candidate[], { fields, mode }: KeyColumns): readonly (readonly Candidate[])[] {
  const alike = Map.groupBy(candidates, ({ partitionValues }) =>
    JSON.stringify(fields.map((field) => partitionValues[physicalName(field, mode)])),
  );
  const reads: Candidate[][] = [];
  for (const files of alike.values()) {
    let sizeBytes = Number.POSITIVE_INFINITY;
    for (const file of files) {
      sizeBytes += file.size;
      if (sizeBytes > bytesPerRead) {
        reads.push([]);
        sizeBytes = file.size;
      }
      reads.at(-1)?.push(file);
    }
  }
  return reads;
}

async function readInto(
  session: EngineSession,
  store: ObjectStore,
  files: readonly Candidate[],
  { deduplication, intervals }: HeldKeysRequest,
  columns: KeyColumns,
): Promise<void> {
  const { window, digestSql } = deduplication;
  const micros = window?.microsSql ?? 'CAST(0 AS BIGINT)';
  const near = window && intervals?.map(({ first, last }) => window.betweenSql(first, last)).join(' OR ');
  const where = near === undefined ? '' : `WHERE ${near}`;
  const paths = files.map(({ path }) => path);
  await using readable = await readableFiles(session, store, paths);
  const from = sourceSql(readable.sql, files[0]?.partitionValues ?? {}, columns);
  await session.run(
    `INSERT INTO held SELECT digest, micros FROM (SELECT ${digestSql} AS digest, ${micros} AS micros FROM ${from} ${where}) ` +
      'WHERE micros IS NOT NULL AND digest IN (SELECT digest FROM wanted)',
    `read keys of ${files.length} files`,
  );
}

/** Partition columns are in no file: the log has their values. */
function sourceSql(files: string, partitionValues: Candidate['partitionValues'], { fields, mode }: KeyColumns): string {
  const isInLog = (field: StructField): boolean => Object.hasOwn(partitionValues, physicalName(field, mode));
  const inFiles = physicalColumns(
    fields.filter((field) => !isInLog(field)),
    mode,
  );
  const select = fields.map((field) => {
    const value = isInLog(field)
      ? partitionLiteral(partitionValues[physicalName(field, mode)], field)
      : inFiles.columnSql(field, 'f');
    return `${value} AS ${quoteIdentifier(field.name)}`;
  });
  return `(SELECT ${select.join(', ')} FROM read_parquet(${files}${inFiles.readerSchema}, hive_partitioning = false) f)`;
}
