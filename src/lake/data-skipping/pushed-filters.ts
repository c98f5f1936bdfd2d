import type { DuckDBConnection } from '@duckdb/node-api';
import { quoteIdentifier, quoteLiteral } from '../../model/pipeline/sql-text.ts';
import type { StructType } from '../../model/table/table-schema.ts';
import { emptyRowsSql } from '../table/table-view.ts';
import { readPlan } from './read-plan.ts';
import type { RowFilter } from './row-filter.ts';

/**
 * The parts of the optimizer that turn conditions into filters of scans. All others are off: some look at how many rows
 * a table has, and the tables that are planned for have none.
 */
const filterOptimizers = new Set([
  'expression_rewriter',
  'filter_pullup',
  'filter_pushdown',
  'in_clause',
  'regex_range',
  'deliminator',
  'cte_inlining',
]);

/**
 * What a statement asks of the rows of each view that it is to read, by DuckDB's own plan for empty tables in their
 * places. A view without an entry has to be whole. Conditions with the present time hold until the end of the transaction.
 */
export async function pushedFilters(
  connection: DuckDBConnection,
  sql: string,
  views: ReadonlyMap<string, StructType>,
): Promise<ReadonlyMap<string, RowFilter>> {
  if (views.size === 0 || !(await isOneStatement(connection, sql))) return new Map();
  const tables = [...views].map(([view, schema], index) => ({ view, schema, table: `__bronze_planned_${index}` }));
  for (const { view, schema, table } of tables) {
    await connection.run(`CREATE TEMP TABLE ${table} AS ${emptyRowsSql({ schema })}`);
    await connection.run(`CREATE OR REPLACE TEMP VIEW ${quoteIdentifier(view)} AS SELECT * FROM ${table}`);
  }
  const scans = readPlan(await planOf(connection, sql)) ?? [];
  const filters = new Map<string, RowFilter>();
  for (const { view, table } of tables) {
    await connection.run(`DROP VIEW ${quoteIdentifier(view)}; DROP TABLE ${table}`);
    const own = scans.filter((scan) => scan.table === table).map(({ filter }) => filter);
    if (own.length > 0) filters.set(view, { kind: 'or', filters: own });
  }
  return filters;
}

/** Some single statements become several (PIVOT), of which only the last one reads what the first ones found. */
async function isOneStatement(connection: DuckDBConnection, sql: string): Promise<boolean> {
  return connection.extractStatements(sql).then(
    ({ count }) => count === 1,
    () => false,
  );
}

/** What is no SELECT, or wrong, has a plan without scans. */
async function planOf(connection: DuckDBConnection, sql: string): Promise<string> {
  const optimizers = await connection.runAndReadAll('SELECT name FROM duckdb_optimizers()');
  const others = optimizers.getRows().flatMap(([name]) => (filterOptimizers.has(String(name)) ? [] : [String(name)]));
  await connection.run(`SET disabled_optimizers = ${quoteLiteral(others.join(','))}`);
  try {
    const plan = await connection.runAndReadAll(`SELECT json_serialize_plan(${quoteLiteral(sql)}, optimize := true)`);
    return String(plan.value(0, 0));
  } catch {
    return '';
  } finally {
    await connection.run('RESET disabled_optimizers');
  }
}
