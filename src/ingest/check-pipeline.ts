import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EngineSession } from '../engine/session.ts';
import { BronzeError, errorMessage } from '../errors.ts';
import type { JobSpec } from '../model/job-spec.ts';
import { hidden } from '../model/pipeline-step.ts';
import { duckType, quoteIdentifier } from '../model/sql-text.ts';
import { compilePipeline, type CompiledPipeline } from '../transform/compile-pipeline.ts';
import type { DerivedColumn } from '../transform/derived-column.ts';
import { compileOutputs } from './outputs/compile-output.ts';
import { expressionProblem, unsteadyFunctions } from './expression-problem.ts';

/** Compiles a job's pipeline and tries the user's SQL in an engine of its own. Throws PIPELINE_INVALID. */
export async function checkJobPipeline(spec: JobSpec): Promise<void> {
  const pipeline = compilePipeline(spec);
  compileOutputs(spec);
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
    const columns = new Set(column.columnsBefore.map(({ name }) => name.toLowerCase()));
    const problem =
      (await expressionProblem(session, column.sql, { columns, unsteady })) ?? (await bindingProblem(session, column));
    if (problem !== undefined) {
      throw new BronzeError('PIPELINE_INVALID', `job ${job}: ${column.kind} "${column.name}": ${problem}`);
    }
  }
}

async function bindingProblem(
  session: EngineSession,
  { sql, type, columnsBefore }: DerivedColumn,
): Promise<string | undefined> {
  const columns = columnsBefore.map((c) => `CAST(NULL AS ${duckType(c.type)}) AS ${quoteIdentifier(c.name)}`);
  const from = columns.length === 0 ? '' : ` FROM (SELECT ${columns.join(', ')}) AS ${hidden.rows}`;
  try {
    const value = type === undefined ? `(\n${sql}\n)` : `CAST((\n${sql}\n) AS ${duckType(type)})`;
    const statement = await session.connection.prepare(`SELECT TRY(${value})${from}`);
    statement.destroySync();
    return undefined;
  } catch (error) {
    return errorMessage(error).split('\n\n')[0] ?? 'it cannot be run';
  }
}
