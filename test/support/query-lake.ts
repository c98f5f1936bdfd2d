import { activeFiles } from '../../src/delta/log/active-files.ts';
import { dataFilePath } from '../../src/delta/data-file-path.ts';
import { loadTableState } from '../../src/delta/load-table-state.ts';
import { readParquetRows } from '../../src/lake/table/table-log.ts';
import { openObjectStore } from '../../src/storage/open-object-store.ts';
import { withPlainDuckDB } from './plain-duckdb.ts';

/**
 * Rows of a table as `t`, read by a plain DuckDB from the files that the log names: none of the code that reads tables
 * for people. Partition columns are not among the columns. Numbers beyond 32 bits are text.
 */
export async function queryLake(tableRoot: string, sql: string): Promise<Record<string, unknown>[]> {
  const store = openObjectStore(tableRoot);
  const state = await loadTableState(store, { readParquetRows });
  if (!state) throw new Error(`no table at ${tableRoot}`);
  const files: string[] = [];
  for await (const { path } of activeFiles(store, state, { readParquetRows })) {
    files.push(`'${tableRoot}/${dataFilePath(path, store.root)}'`);
  }
  const query = sql.replace('FROM t', `FROM read_parquet([${files.join(', ')}], union_by_name = true)`);
  return withPlainDuckDB(async (connection) => (await connection.runAndReadAll(query)).getRowObjectsJson());
}
