import type { LakeSession } from '../../lake/lake-session.ts';
import type { OutputCounts } from '../../model/outputs/output-batch.ts';
import { quoteIdentifier } from '../../model/pipeline/sql-text.ts';
import type { OutputCoverage } from './output-coverage.ts';
import type { TableShape, TopicRows } from './output-rows.ts';

/**
 * What an output's table must hold, in the temporary table `verify_expected`: keys as `k0`…, values as `e0`…, how far a
 * value may be off as `t0`…; `is_doubtful` of a row that nobody can be sure of, and `is_gone` of one that must not be there.
 */
export interface Expectation {
  readonly keys: readonly ExpectedKey[];
  readonly values: readonly ExpectedValue[];
  /** What the commits must have counted; what is absent cannot be told from the rows. */
  readonly counts: Partial<OutputCounts>;
}

/** SQL, where nothing is in doubt. */
export const certain = 'false AS is_doubtful, false AS is_gone';

export interface ExpectedKey {
  readonly name: string;
  /** Of the output's table, as `verify_expected` has it. */
  readonly sql: string;
}

export interface ExpectedValue extends ExpectedKey {
  readonly hasTolerance: boolean;
}

export interface ExpectationInput {
  readonly session: LakeSession;
  readonly rows: TopicRows;
  readonly taken: TakenByOutput;
}

/** What of the job's table an output took, and how far its table is. */
export interface TakenByOutput {
  readonly shape: TableShape;
  readonly coverage: OutputCoverage;
  /** Windows that end by then are closed; microseconds since 1970. */
  readonly closedThroughUs: bigint | undefined;
}

/** Texts of a partition column: a partition value cannot be an empty text, which is stored as null. */
export function comparableSql(
  name: string,
  { rows, taken }: Pick<ExpectationInput, 'rows' | 'taken'>,
  sql = quoteIdentifier(name),
): string {
  return isPartitionText(name, rows.shape) || isPartitionText(name, taken.shape) ? `nullif(${sql}, '')` : sql;
}

export function isPartitionText(name: string, { partitionColumns, schema }: TableShape): boolean {
  return (
    partitionColumns.includes(name) && schema.fields.some((field) => field.name === name && field.type === 'string')
  );
}

/** The number in the first row of what a SELECT gives. */
export async function readCount(session: LakeSession, sql: string): Promise<number> {
  return Number((await session.read(sql)).value(0, 0));
}
