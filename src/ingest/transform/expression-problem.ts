import type { EngineSession } from '../../engine/session.ts';
import { hiddenPrefix } from '../../model/pipeline/pipeline-step.ts';
import { quoteLiteral } from '../../model/pipeline/sql-text.ts';

/** What an expression of the user's may refer to, and what not. */
export interface ExpressionScope {
  /** Names of columns, in small letters. */
  readonly columns: ReadonlySet<string>;
  /** Functions whose result depends on more than their arguments. */
  readonly unsteady: ReadonlySet<string>;
}

/**
 * In characters, and in expressions inside of each other. The engine has bounds of its own, within which it crashes, or
 * takes minutes to plan.
 */
export const maxExpressionLength = 8192;
export const maxExpressionDepth = 100;

/** Not functions for DuckDB's grammar, or functions that it does not mark, that say when and where the SQL runs. */
const furtherUnsteady = [
  ...['current_timestamp', 'current_date', 'current_time', 'current_localtime', 'current_localtimestamp'],
  ...['localtime', 'localtimestamp', 'ago', 'pg_sleep', 'current_setting', 'getvariable', 'current_query', 'version'],
  ...['current_user', 'current_role', 'session_user', 'user', 'current_catalog'],
  // These plan SQL, which folds variables of the session into constants.
  ...['json_serialize_plan', 'json_serialize_sql', 'json_deserialize_sql'],
];

/** Besides those that DuckDB marks, what it has for PostgreSQL's clients and macros that read its catalog. */
export async function unsteadyFunctions(session: EngineSession): Promise<ReadonlySet<string>> {
  const rows = await session.rows(
    `SELECT DISTINCT function_name FROM duckdb_functions() ` +
      `WHERE stability IN ('VOLATILE', 'CONSISTENT_WITHIN_QUERY') OR macro_definition ILIKE '%select %' ` +
      `OR (schema_name = 'pg_catalog' AND function_name NOT IN ('pg_typeof', 'pg_size_pretty'))`,
    'list functions',
  );
  return new Set([...rows.map(([name]) => String(name)), ...furtherUnsteady]);
}

/** Why the SQL is not one expression over the columns of one record; `undefined` where it is. Names are not resolved. */
export async function expressionProblem(
  session: EngineSession,
  sql: string,
  scope: ExpressionScope,
): Promise<string | undefined> {
  if (sql.length > maxExpressionLength) return `the SQL is longer than ${maxExpressionLength} characters`;
  const [[text] = []] = await session.rows(
    `SELECT json_serialize_sql(${quoteLiteral(`SELECT (\n${sql}\n)`)})`,
    'read the SQL of a derived column',
  );
  const parsed = JSON.parse(String(text)) as ParsedSql;
  if (parsed.error) return parsed.error_message ?? 'syntax error';
  const [statement, ...others] = parsed.statements ?? [];
  const node = statement?.node;
  if (!node || others.length > 0 || !isLoneExpression(node)) return 'expected one SQL expression and nothing else';
  for (const { found, depth } of nodesOf(node['select_list'])) {
    if (depth > maxExpressionDepth) return `the SQL is more than ${maxExpressionDepth} expressions deep`;
    const problem = nodeProblem(found, scope);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function nodeProblem(node: SqlNode, { columns, unsteady }: ExpressionScope): string | undefined {
  const { class: kind, function_name: functionName, column_names: names, children } = node;
  switch (kind) {
    case 'SUBQUERY':
      return 'a subquery is not possible here: the SQL sees one record at a time';
    case 'WINDOW':
      return 'a window function is not possible here: the SQL sees one record at a time';
    case 'STAR':
      return 'name the columns instead of *';
    case 'POSITIONAL_REFERENCE':
      return 'name the columns instead of #';
    case 'PARAMETER':
      return 'a parameter has no value here';
  }
  const name = typeof functionName === 'string' ? functionName.toLowerCase() : undefined;
  const column = Array.isArray(names) && typeof names[0] === 'string' ? names[0].toLowerCase() : undefined;
  if (column?.startsWith(hiddenPrefix)) return `there is no column "${column}"`;
  const asked = name ?? (column !== undefined && !columns.has(column) ? column : undefined);
  // With one argument it is the time that has passed until now.
  const isAge = name === 'age' && Array.isArray(children) && children.length === 1;
  if (asked !== undefined && (isAge || unsteady.has(asked))) {
    return `${asked} depends on more than the record, so that a retry could give other rows`;
  }
  return undefined;
}

type SqlNode = Readonly<Record<string, unknown>>;

/** What `json_serialize_sql` gives. */
interface ParsedSql {
  readonly error: boolean;
  readonly error_message?: string;
  readonly statements?: readonly { readonly node?: SqlNode }[];
}

function isLoneExpression(node: SqlNode): boolean {
  const {
    select_list: list,
    from_table: from,
    where_clause: where,
    group_expressions: groups,
    modifiers,
    having,
    qualify,
  } = node;
  return (
    Array.isArray(list) &&
    list.length === 1 &&
    isNode(from) &&
    from['type'] === 'EMPTY' &&
    [where, having, qualify].every((clause) => clause === null) &&
    [groups, modifiers].every((clause) => Array.isArray(clause) && clause.length === 0)
  );
}

function* nodesOf(value: unknown, depth = 0): Generator<{ readonly found: SqlNode; readonly depth: number }> {
  if (Array.isArray(value)) for (const element of value) yield* nodesOf(element, depth);
  else if (isNode(value)) {
    const own = 'class' in value ? depth + 1 : depth;
    yield { found: value, depth: own };
    for (const inner of Object.values(value)) yield* nodesOf(inner, own);
  }
}

function isNode(value: unknown): value is SqlNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
