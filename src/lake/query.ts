import { resolve } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { BronzeError, errorMessage } from '../errors.ts';
import { findTables, isTable, type FoundTable } from './lake-root.ts';
import { openLakeSession } from './lake-session.ts';
import { describeLake, openTable, viewTable, type TableVersion } from './open-table.ts';
import { plainValue, type PlainValue } from './plain-value.ts';

export interface QueryOptions {
  /** The lake's folder: its tables are visible by name. */
  readonly lake: string;
  /** All tables as of then. */
  readonly at?: TableVersion;
}

export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Rows in blocks as the engine makes them; the memory needed does not grow with the result. */
  readonly blocks: AsyncIterable<readonly (readonly PlainValue[])[]>;
}

/**
 * Runs SQL (DuckDB's) over the lake's tables and hands the result to `use`. Views are made for the tables that the SQL
 * names, and for paths of tables in quotes.
 * @throws BronzeError `USAGE` where the SQL is wrong, `TABLE_NOT_FOUND` for `at` before a table began.
 */
export async function runQuery<R>(
  sql: string,
  options: QueryOptions,
  use: (result: QueryResult) => Promise<R>,
): Promise<R> {
  await using session = await openLakeSession();
  const tables = await findTables(options.lake);
  for (const [viewName, table] of namedTables(sql, tables)) {
    await viewTable(session.connection, viewName, await openTable(table, options.at));
  }
  return await use(await startQuery(session.connection, sql, describeLake(options.lake, tables)));
}

/** Which views the SQL needs. A name that occurs as something else costs a view that nobody reads. */
export function namedTables(sql: string, tables: readonly FoundTable[]): Map<string, FoundTable> {
  const lowered = sql.toLowerCase();
  const named = new Map<string, FoundTable>();
  for (const table of tables) if (lowered.includes(table.name.toLowerCase())) named.set(table.name, table);
  for (const [, single, double] of sql.matchAll(/'((?:[^']|'')*)'|"((?:[^"]|"")*)"/g)) {
    const path = single?.replaceAll("''", "'") ?? double?.replaceAll('""', '"') ?? '';
    if (/[/\\]/.test(path) && isTable(path)) named.set(path, { name: path, root: resolve(path) });
  }
  return named;
}

async function startQuery(connection: DuckDBConnection, sql: string, lake: string): Promise<QueryResult> {
  try {
    const result = await connection.stream(sql);
    const names = result.deduplicatedColumnNames();
    const types = result.columnTypes();
    const columns = names.map((name, index) => ({ name, type: String(types[index]) }));
    return { columns, blocks: plainBlocks(result) };
  } catch (error) {
    const message = errorMessage(error);
    throw new BronzeError(
      'USAGE',
      /Table with name .* does not exist/.test(message) ? `${message}\n${lake}` : message,
      {
        cause: error,
      },
    );
  }
}

async function* plainBlocks(
  result: Awaited<ReturnType<DuckDBConnection['stream']>>,
): AsyncGenerator<readonly (readonly PlainValue[])[]> {
  try {
    for await (const rows of result.yieldRows()) yield rows.map((row) => row.map(plainValue));
  } catch (error) {
    throw new BronzeError('USAGE', errorMessage(error), { cause: error });
  }
}
