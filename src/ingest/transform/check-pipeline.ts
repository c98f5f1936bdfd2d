import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EngineSession } from '../../engine/session.ts';
import { BronzeError, errorMessage } from '../../errors.ts';
import type { JobSpec } from '../../model/job/job-spec.ts';
import { hidden } from '../../model/pipeline/pipeline-step.ts';
import { duckType, quoteIdentifier } from '../../model/pipeline/sql-text.ts';
import type { StructField } from '../../model/table/table-schema.ts';
import { formatPath } from '../../spec/document/document-path.ts';
import { didYouMean } from '../../model/nearest-name.ts';
import { compilePipeline, type CompiledPipeline } from '../../transform/compile-pipeline.ts';
import type { DerivedColumn } from '../../transform/derived-column.ts';
import { compileOutputs } from '../outputs/compile-output.ts';
import { expressionProblem, unsteadyFunctions } from './expression-problem.ts';

/** SQL of the user that cannot be run. */
export interface SqlProblem {
  /** Where it stands in the job's document. */
  readonly place: readonly string[];
  readonly message: string;
}

/** Compiles a job's pipeline and tries the user's SQL in an engine of its own. Throws PIPELINE_INVALID where it has no SQL. */
export async function jobSqlProblems(spec: JobSpec): Promise<readonly SqlProblem[]> {
  const pipeline = compilePipeline(spec);
  compileOutputs(spec);
  if (pipeline.derived.length === 0) return [];
  const folder = join(tmpdir(), `kafka-bronze-check-${randomUUID()}`);
  await using session = await EngineSession.open({ folder, memoryLimitBytes: 64 * 1024 * 1024 });
  return await sqlProblems(session, pipeline);
}

/** The same for those who go no further. Throws PIPELINE_INVALID. */
export async function checkJobPipeline(spec: JobSpec): Promise<void> {
  refuse(spec.name, await jobSqlProblems(spec));
}

/**
 * Makes sure that the user's SQL is one expression over the columns that it may see, gives the type that the job says,
 * and depends on the record alone: a retry must give the same rows. Throws PIPELINE_INVALID.
 */
export async function checkPipeline(
  session: EngineSession,
  job: string,
  pipeline: Pick<CompiledPipeline, 'derived'>,
): Promise<void> {
  refuse(job, await sqlProblems(session, pipeline));
}

function refuse(job: string, [first]: readonly SqlProblem[]): void {
  if (first === undefined) return;
  throw new BronzeError('PIPELINE_INVALID', `job ${job}: ${formatPath(first.place)}: ${first.message}`);
}

async function sqlProblems(
  session: EngineSession,
  { derived }: Pick<CompiledPipeline, 'derived'>,
): Promise<readonly SqlProblem[]> {
  if (derived.length === 0) return [];
  const unsteady = await unsteadyFunctions(session);
  const problems: SqlProblem[] = [];
  for (const column of derived) {
    const columns = new Set(column.columnsBefore.map(({ name }) => name.toLowerCase()));
    const message =
      (await expressionProblem(session, column.sql, { columns, unsteady })) ?? (await bindingProblem(session, column));
    if (message !== undefined) problems.push({ place: column.place, message });
  }
  return problems;
}

async function bindingProblem(
  session: EngineSession,
  { sql, type, isCondition, columnsBefore }: DerivedColumn,
): Promise<string | undefined> {
  const columns = columnsBefore.map((c) => `CAST(NULL AS ${duckType(c.type)}) AS ${quoteIdentifier(c.name)}`);
  const from = columns.length === 0 ? '' : ` FROM (SELECT ${columns.join(', ')}) AS ${hidden.rows}`;
  try {
    const value = type === undefined || isCondition ? `(\n${sql}\n)` : `CAST((\n${sql}\n) AS ${duckType(type)})`;
    const statement = await session.connection.prepare(`SELECT TRY(${value})${from}`);
    const given = String(statement.columnType(0));
    statement.destroySync();
    return isCondition && given !== 'BOOLEAN' ? `gives ${given}; expected a condition, true or false` : undefined;
  } catch (error) {
    return wordBindingError(errorMessage(error), columnsBefore);
  }
}

/** Without the statement around the user's SQL; in one line. */
function wordBindingError(message: string, columns: readonly StructField[]): string {
  const [said = 'it cannot be run'] = message.split('\n\n', 1);
  if (/^Binder Error: aggregates are not allowed/.test(said))
    return 'an aggregate is not possible here: the SQL sees one record at a time';
  const missing = /^Binder Error: Referenced (?:column|table) "(.+)" not found/.exec(said)?.[1];
  if (missing === undefined) return said.replaceAll('\n', ' ');
  const names = columns.map(({ name }) => name);
  return `there is no column ${missing}${didYouMean(missing, names)}`;
}
