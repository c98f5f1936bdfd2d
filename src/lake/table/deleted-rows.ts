import type { DuckDBConnection } from '@duckdb/node-api';
import { quoteIdentifier } from '../../model/pipeline/sql-text.ts';

/** Rows of a data file that deletion vectors took out of the table. */
export interface DeletedRows {
  /** As DuckDB names the file. */
  readonly fileName: string;
  /** Indexes in the file. */
  readonly rows: readonly bigint[];
}

/** Makes a temporary table `(file, row_index)`; DuckDB keeps it compressed, and spills it. */
export async function createDeletedRows(
  connection: DuckDBConnection,
  tableName: string,
  deleted: AsyncIterable<DeletedRows>,
): Promise<void> {
  await connection.run(`CREATE TEMP TABLE ${quoteIdentifier(tableName)} (file VARCHAR, row_index BIGINT)`);
  const appender = await connection.createAppender(tableName);
  try {
    for await (const { fileName, rows } of deleted) {
      for (const row of rows) {
        appender.appendVarchar(fileName);
        appender.appendBigInt(row);
        appender.endRow();
      }
    }
  } finally {
    appender.closeSync();
  }
}
