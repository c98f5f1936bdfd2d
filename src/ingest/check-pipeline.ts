import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EngineSession } from '../engine/session.ts';
import { BronzeError, errorMessage } from '../errors.ts';
import type { JobSpec } from '../model/job-spec.ts';
import { hiddenPrefix } from '../model/pipeline-step.ts';
import { duckType, quoteIdentifier, quoteLiteral } from '../model/sql-text.ts';
import { compilePipeline, type CompiledPipeline, type DerivedColumn } from '../transform/compile-pipeline.ts';

/** Compiles a job's pipeline and tries the user's SQL in an engine of its own. Throws PIPELINE_INVALID. */
export async function checkJobPipeline(spec: JobSpec): Promise<void> {
  const pipeline = compilePipeline(spec);
  if (pipeline.derived.length === 0) return;
  const folder = join(tmpdir(), `kafka-bronze-check-${randomUUID()}`);
  await using session = await EngineSession.open({ folder, memoryLimitBytes: 64 * 1024 * 1024 });
  await checkPipeline(session, spec.name, pipeline);
}

/**
 * Makes sure that the user's SQL is one expression over the columns that it may see, gives the type that the job says,
 * and depends on the record alone: a retry must give the same rows. Throws PIPELINE_INVALID.
 */
export async function checkPipeline(
  session: EngineSession,
  job: string,
  { derived }: Pick<CompiledPipeline, 'derived'>,
): Promise<void> {
  if (derived.length === 0) return;
  const unsteady = await unsteadyFunctions(session);
  for (const column of derived) {
    const problem = (await syntaxProblem(session, column, unsteady)) ?? (await bindingProblem(session, column));
    if (problem !== undefined) {
      throw new BronzeError('PIPELINE_INVALID', `job ${job}: ${column.kind} "${column.name}": ${problem}`);
    }
  }
}

/** Not functions for DuckDB's grammar, or functions that it does not mark, that say when and where the SQL runs. */
const furtherUnsteady = [
  ...['current_timestamp', 'current_date', 'current_time', 'localtime', 'localtimestamp', 'ago', 'pg_sleep'],
  ...['current_setting', 'getvariable', 'current_user', 'session_user', 'user', 'current_query'],
];

async function unsteadyFunctions(session: EngineSession): Promise<ReadonlySet<string>> {
  const rows = await session.rows(
    `SELECT DISTINCT function_name FROM duckdb_functions() WHERE stability IN ('VOLATILE', 'CONSISTENT_WITHIN_QUERY')`,
    'list functions',
  );
  return new Set([...rows.map(([name]) => String(name)), ...furtherUnsteady]);
}

async function syntaxProblem(
  session: EngineSession,
  { sql, columnsBefore }: DerivedColumn,
  unsteady: ReadonlySet<string>,
): Promise<string | undefined> {
  const [[text] = []] = await session.rows(
    `SELECT json_serialize_sql(${quoteLiteral(`SELECT (\n${sql}\n)`)})`,
    'read the SQL of a derived column',
  );
  const parsed = JSON.parse(String(text)) as ParsedSql;
  if (parsed.error) return parsed.error_message ?? 'syntax error';
  const [statement, ...others] = parsed.statements ?? [];
  const node = statement?.node;
  if (!node || others.length > 0 || !isLoneExpression(node)) return 'expected one SQL expression and nothing else';
  const known = new Set(columnsBefore.map(({ name }) => name.toLowerCase()));
  for (const found of nodesOf(node['select_list'])) {
    const { class: kind, function_name: functionName, column_names: names } = found;
    if (kind === 'SUBQUERY') return 'a subquery is not possible here: the SQL sees one record at a time';
    if (kind === 'WINDOW') return 'a window function is not possible here: the SQL sees one record at a time';
    if (kind === 'STAR') return 'name the columns instead of *';
    const name = typeof functionName === 'string' ? functionName : undefined;
    const column = Array.isArray(names) && typeof names[0] === 'string' ? names[0].toLowerCase() : undefined;
    if (column?.startsWith(hiddenPrefix)) return `there is no column "${column}"`;
    const asked = name?.toLowerCase() ?? (column !== undefined && !known.has(column) ? column : undefined);
    if (asked !== undefined && unsteady.has(asked)) {
      return `${asked} depends on more than the record, so that a retry could give other rows`;
    }
  }
  return undefined;
}

async function bindingProblem(
  session: EngineSession,
  { sql, type, columnsBefore }: DerivedColumn,
): Promise<string | undefined> {
  const columns = columnsBefore.map((c) => `CAST(NULL AS ${duckType(c.type)}) AS ${quoteIdentifier(c.name)}`);
  const from = columns.length === 0 ? '' : ` FROM (SELECT ${columns.join(', ')})`;
  try {
    const statement = await session.connection.prepare(`SELECT TRY(CAST((\n${sql}\n) AS ${duckType(type)}))${from}`);
    statement.destroySync();
    return undefined;
  } catch (error) {
    return errorMessage(error).split('\n\n')[0] ?? 'it cannot be run';
  }
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

function* nodesOf(value: unknown): Generator<SqlNode> {
  if (Array.isArray(value)) for (const element of value) yield* nodesOf(element);
  else if (isNode(value)) {
    yield value;
    for (const inner of Object.values(value)) yield* nodesOf(inner);
  }
}

function isNode(value: unknown): value is SqlNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
