import { EngineSession } from '../engine/session.ts';
import { BronzeError, errorMessage } from '../errors.ts';
import { expressionProblem } from '../ingest/transform/expression-problem.ts';
import { deadLetterSchema } from '../model/table/dead-letter.ts';
import { duckType, quoteIdentifier } from '../model/pipeline/sql-text.ts';

/** Plenty for a table without rows. */
const memoryLimitBytes = 128 * 1024 * 1024;

/**
 * Refuses a condition that is not one expression over the columns of a dead-letter table: it comes with the input of a
 * workflow, and may look at nothing else on this machine. Throws USAGE, with what DuckDB has to say of it.
 */
export async function assertCondition(where: string, scratchFolder: string): Promise<void> {
  const { fields } = deadLetterSchema;
  await using session = await EngineSession.open({ folder: scratchFolder, memoryLimitBytes });
  const columns = new Set(fields.map(({ name }) => name));
  const problem = await expressionProblem(session, where, { columns, unsteady: new Set() });
  if (problem !== undefined) throw conditionWrong(problem);
  const definitions = fields.map(({ name, type }) => `${quoteIdentifier(name)} ${duckType(type)}`);
  await session.run(`CREATE TABLE dead_letters (${definitions.join(', ')})`, 'prepare a condition');
  try {
    await session.connection.run(`SELECT 1 FROM dead_letters WHERE (\n${where}\n)`);
  } catch (error) {
    throw conditionWrong(errorMessage(error));
  }
}

export function conditionWrong(problem: string): BronzeError {
  return new BronzeError('USAGE', `the condition (where) is not one over a dead-letter table: ${problem}`);
}
