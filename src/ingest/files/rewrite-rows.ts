import type { DeletionVectorDescriptor, PartitionValues } from '../../delta/actions.ts';
import type { EngineSession } from '../../engine/session.ts';
import { BronzeError } from '../../errors.ts';
import { deletedRowsOf } from '../../lake/table/data-file.ts';
import { createTableView } from '../../lake/table/table-view.ts';
import type { ColumnMappingMode } from '../../model/table/column-mapping.ts';
import type { IndexedColumns } from '../../model/table/indexed-columns.ts';
import type { StagedFile } from '../../model/batch/staged-file.ts';
import type { StructType } from '../../model/table/table-schema.ts';
import { folderOfReplacement, newFolder } from '../../parquet/partition-folder.ts';
import { writeFiles, type FileSource } from '../../parquet/write-files.ts';
import { openObjectStore } from '../../storage/open-object-store.ts';
import { AbsentObject, readableFiles } from './readable-files.ts';

/** A table as its files are written anew; its schema has the names that people see. */
export interface RewrittenTable {
  readonly tableRoot: string;
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  readonly columnMapping: ColumnMappingMode;
  readonly indexedColumns: IndexedColumns;
}

export interface RewrittenFile {
  /** In the table's store. */
  readonly path: string;
  /** Rows that stay behind. */
  readonly deletionVector?: DeletionVectorDescriptor;
}

/**
 * Makes an SQL view of the rows that files of one partition value still have, until this is disposed of. The session
 * must have been opened to read from the table's root.
 * @throws BronzeError `TABLE_CORRUPT` where a file is gone.
 */
export async function viewLiveRows(
  session: EngineSession,
  viewName: string,
  { tableRoot, schema, partitionColumns, columnMapping }: RewrittenTable,
  files: readonly RewrittenFile[],
  partitionValues: PartitionValues,
): Promise<AsyncDisposable> {
  const store = openObjectStore(tableRoot);
  const paths = files.map(({ path }) => path);
  const readable = await readableFiles(session, store, paths).catch((error: unknown) => {
    if (!(error instanceof AbsentObject)) throw error;
    throw new BronzeError('TABLE_CORRUPT', `${tableRoot}: the log names ${error.path}, which is not there`);
  });
  const dataFiles = readable.paths.map((url, index) => {
    const deletionVector = files[index]?.deletionVector;
    const deletedRows = deletionVector && { deletedRows: () => deletedRowsOf(store, deletionVector) };
    return { url, partitionValues, ...deletedRows };
  });
  await createTableView(session.connection, viewName, { schema, partitionColumns, columnMapping, files: dataFiles });
  return readable;
}

/** Writes rows of one partition value as files that take the place of those at `replacedPath`. */
export async function writeReplacements(
  session: EngineSession,
  source: FileSource,
  { tableRoot, schema, partitionColumns, columnMapping, indexedColumns }: RewrittenTable,
  target: { readonly replacedPath: string; readonly partitionValues: PartitionValues; readonly fileSizeBytes: number },
): Promise<readonly StagedFile[]> {
  const { replacedPath, partitionValues, fileSizeBytes } = target;
  const today = new Date().toISOString().slice(0, 10);
  const staged = await writeFiles(session, source, {
    store: openObjectStore(tableRoot),
    schema: { ...schema, fields: schema.fields.filter(({ name }) => !partitionColumns.includes(name)) },
    partitionColumns: [],
    folder: folderOfReplacement(replacedPath, newFolder(today, partitionValues)),
    targetFileSizeBytes: fileSizeBytes,
    columnMapping,
    indexedColumns,
  });
  return staged.map((file) => ({ ...file, partitionValues }));
}
