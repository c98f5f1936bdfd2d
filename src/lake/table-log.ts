import type { AddAction } from '../delta/actions.ts';
import { activeFiles } from '../delta/active-files.ts';
import { dataFilePath } from '../delta/data-file-path.ts';
import { loadTableState, type LoadOptions } from '../delta/load-table-state.ts';
import type { TableState } from '../delta/table-state.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { openLakeSession } from './lake-session.ts';
import { quoteLiteral } from '../model/sql-text.ts';
import type { DataFile } from './table-view.ts';

/** `loadTableState` with DuckDB as the reader of checkpoints. */
export function loadState(
  store: ObjectStore,
  options: Pick<LoadOptions, 'version' | 'previous'> = {},
): Promise<TableState | undefined> {
  return loadTableState(store, { ...options, readParquetRows });
}

/** `activeFiles` with DuckDB as the reader of checkpoints: newest first. */
export function filesOf(store: ObjectStore, state: TableState): AsyncIterable<AddAction> {
  return activeFiles(store, state, { readParquetRows });
}

/** A file as the table's SQL view needs it. */
export function dataFileOf(store: ObjectStore, file: AddAction): DataFile {
  return { url: store.readerUrl(dataFilePath(file.path, store.root)), partitionValues: file.partitionValues };
}

/** Rows of a log checkpoint, each as a JSON line. */
export async function* readParquetRows(readerUrl: string): AsyncGenerator<string> {
  await using session = await openLakeSession({ threads: 1 });
  const result = await session.connection.stream(
    `SELECT CAST(to_json(r) AS VARCHAR) FROM read_parquet(${quoteLiteral(readerUrl)}) r`,
  );
  for await (const rows of result.yieldRows()) for (const [line] of rows) yield String(line);
}
