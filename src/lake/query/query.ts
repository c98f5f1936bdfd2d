import { BronzeError, errorMessage } from '../../errors.ts';
import { assertReadsOnly } from './assert-reads-only.ts';
import { findTables, isTable, type FoundTable } from '../lake-root.ts';
import { openObjectStore } from '../../storage/open-object-store.ts';
import { openLakeSession, type LakeSession } from '../lake-session.ts';
import { guessTable, openTable, type LakeTable, type TableVersion } from '../table/open-table.ts';
import { plainValue, type PlainValue } from './plain-value.ts';
import { viewTablesFor, type FilesRead } from './view-tables.ts';

export interface QueryOptions {
  /** The lake's folder: its tables are visible by name. */
  readonly lake: string;
  /** All tables as of then. */
  readonly at?: TableVersion;
}

export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Of the tables that the SQL names. */
  readonly files: FilesRead;
  /** Rows in blocks as the engine makes them; the memory needed does not grow with the result. */
  readonly blocks: AsyncIterable<readonly (readonly PlainValue[])[]>;
}

/**
 * Runs SQL (DuckDB's) over the lake's tables and hands the result to `use`. Views are made for the tables that the SQL
 * names, and for paths of tables in quotes.
 * @throws BronzeError `USAGE` where the SQL is wrong or no query, `TABLE_NOT_FOUND` for `at` before a table began.
 */
export async function runQuery<R>(
  sql: string,
  options: QueryOptions,
  use: (result: QueryResult) => Promise<R>,
): Promise<R> {
  await using session = await openLakeSession();
  const tables = await findTables(options.lake);
  const views = new Map<string, LakeTable>();
  for (const [viewName, table] of await namedTables(sql, tables)) {
    views.set(viewName, await openTable(table, options.at));
  }
  await session.run('BEGIN TRANSACTION');
  const files = await viewTablesFor(session, sql, views);
  const guess = (name: string): string => guessTable(name, options.lake, tables);
  return await use({ files, ...(await startQuery(session, sql, guess)) });
}

/** Which views the SQL needs. A name that occurs as something else costs a view that nobody reads. */
export async function namedTables(sql: string, tables: readonly FoundTable[]): Promise<Map<string, FoundTable>> {
  const lowered = sql.toLowerCase();
  const named = new Map<string, FoundTable>();
  for (const table of tables) if (lowered.includes(table.name.toLowerCase())) named.set(table.name, table);
  for (const [, single, double] of sql.matchAll(/'((?:[^']|'')*)'|"((?:[^"]|"")*)"/g)) {
    const path = single?.replaceAll("''", "'") ?? double?.replaceAll('""', '"') ?? '';
    if (/[/\\]/.test(path) && (await isTable(path))) named.set(path, { name: path, root: openObjectStore(path).root });
  }
  return named;
}

async function startQuery(
  session: LakeSession,
  sql: string,
  guess: (table: string) => string,
): Promise<Omit<QueryResult, 'files'>> {
  try {
    await assertReadsOnly(session.connection, sql);
    const result = await session.stream(sql);
    const names = result.deduplicatedColumnNames();
    const types = result.columnTypes();
    const columns = names.map((name, index) => ({ name, type: String(types[index]) }));
    return { columns, blocks: plainBlocks(result) };
  } catch (error) {
    if (error instanceof BronzeError) throw error;
    const message = errorMessage(error);
    const missing = /Table with name (.*) does not exist/.exec(message)?.[1];
    // What DuckDB takes for meant is a table of its own.
    const said = missing === undefined ? message : `there is no table ${missing}${guess(missing)}`;
    throw new BronzeError('USAGE', said, { cause: error });
  }
}

async function* plainBlocks(
  result: Awaited<ReturnType<LakeSession['stream']>>,
): AsyncGenerator<readonly (readonly PlainValue[])[]> {
  try {
    for await (const rows of result.yieldRows()) yield rows.map((row) => row.map(plainValue));
  } catch (error) {
    throw new BronzeError('USAGE', errorMessage(error), { cause: error });
  }
}
