import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';

let database: Promise<DuckDBInstance> | undefined;

/**
 * A DuckDB that has none of our settings, to write files for tests and to look at what is in ours. All of a process
 * share a database, as making one takes longer than most queries; each has a connection of its own, in UTC.
 */
export async function withPlainDuckDB<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  // Files come again under the same name with other bytes in them.
  database ??= DuckDBInstance.create(':memory:', { threads: '1', enable_external_file_cache: 'false' });
  const connection = await (await database).connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    return await work(connection);
  } finally {
    connection.closeSync();
  }
}
