import type { AddAction } from '../../delta/actions.ts';
import { activeFiles } from '../../delta/log/active-files.ts';
import type { ParquetQuery } from '../../delta/checkpoint/read-checkpoint.ts';
import { loadTableState, type LoadOptions } from '../../delta/load-table-state.ts';
import type { TableState } from '../../delta/table-state.ts';
import { BronzeError, errorMessage } from '../../errors.ts';
import { quoteLiteral } from '../../model/pipeline/sql-text.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { openLakeSession } from '../lake-session.ts';

/** `loadTableState` with DuckDB as the reader of checkpoints. */
export function loadState(
  store: ObjectStore,
  options: Pick<LoadOptions, 'version' | 'previous'> = {},
): Promise<TableState | undefined> {
  return loadTableState(store, { ...options, readParquetRows });
}

/** `activeFiles` with DuckDB as the reader of checkpoints: newest first. Those with deletion vectors are among them. */
export function filesOf(store: ObjectStore, state: TableState): AsyncIterable<AddAction> {
  return activeFiles(store, state, { readParquetRows, deletionVectors: 'return' });
}

/** Runs a SELECT over Parquet files of the log; the rows are read in blocks. */
export async function* readParquetRows({ store, paths, select }: ParquetQuery): AsyncGenerator<string> {
  await using session = await openLakeSession({ threads: 1, memoryBytes: logMemoryBytes });
  try {
    const files = await Promise.all(paths.map((path) => session.files.localPath(store, path)));
    const urls = files.map(quoteLiteral);
    const result = await session.stream(select(`[${urls.join(', ')}]`));
    for await (const rows of result.yieldRows()) for (const [line] of rows) yield String(line);
  } catch (cause) {
    if (cause instanceof BronzeError) throw cause;
    throw new BronzeError('TABLE_CORRUPT', `${store.root}/${paths[0] ?? ''}: ${errorMessage(cause)}`, { cause });
  }
}

/** A checkpoint is read row group by row group, so this is plenty. */
const logMemoryBytes = 256 * 1024 * 1024;
