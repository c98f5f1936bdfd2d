import { StatementType, type DuckDBConnection } from '@duckdb/node-api';
import { BronzeError } from '../../errors.ts';

const readingTypes: ReadonlySet<StatementType> = new Set([StatementType.SELECT, StatementType.EXPLAIN]);

/**
 * Refuses what is no query: a table that is made would be gone with the command, and files are not for SQL to write.
 * DESCRIBE, SHOW and SUMMARIZE are queries.
 * @throws BronzeError `USAGE`, and what DuckDB throws at SQL that is wrong.
 */
export async function assertReadsOnly(connection: DuckDBConnection, sql: string): Promise<void> {
  const statements = await connection.extractStatements(sql);
  // DuckDB makes a type of the values that PIVOT finds; what follows cannot be prepared before that.
  const isPivot = /\bpivot\b/i.test(sql) && !/\bcreate\b/i.test(sql);
  for (let index = 0; index < statements.count; index += 1) {
    const { statementType } = await statements.prepare(index);
    if (isPivot && statementType === StatementType.CREATE) return;
    if (!readingTypes.has(statementType)) throw notReading(StatementType[statementType]);
  }
}

function notReading(what: string): BronzeError {
  return new BronzeError(
    'USAGE',
    `only queries are run, such as SELECT, DESCRIBE, SUMMARIZE or EXPLAIN, and no ${what}. ` +
      'Tables are filled by jobs; results go to files with --csv or --json.',
  );
}
