import { inferAggregateType, isWhole, plainColumn } from './aggregate-type.ts';
import type { AggregateColumn } from './output-spec.ts';
import { duckType, isDecimal, quoteIdentifier } from '../pipeline/sql-text.ts';
import type { DataType, StructField } from '../table/table-schema.ts';

/** What an aggregate is taken of. */
export interface AggregateInput {
  /** Over the columns of the job's table; null where it fails for a row, as in derived columns. */
  readonly sql: string;
  /** `undefined`: whatever type the expression has. */
  readonly type: DataType | undefined;
}

/** A column of the job's table as it is, or an expression over such columns; a constant for `count(*)`. */
export function aggregateInput(column: AggregateColumn, fields: readonly StructField[]): AggregateInput {
  const { input } = column;
  const plain = input === undefined ? undefined : plainColumn(input, fields);
  if (plain) return { sql: quoteIdentifier(plain.name), type: plain.type };
  const type = expressionType(column);
  return { sql: expressionSql(input, type), type };
}

/** What an expression is made: enough for the type of the result. */
function expressionType({ function: name, type }: AggregateColumn): DataType | undefined {
  if (name === 'count' || name === 'approx_count_distinct') return undefined;
  if (name === 'sum') return isDecimal(type) ? type : isWhole(type) ? 'long' : 'double';
  const inferred = inferAggregateType(name, undefined);
  return inferred.kind === 'known' ? inferred.type : type;
}

function expressionSql(input: string | undefined, type: DataType | undefined): string {
  if (input === undefined) return '1';
  // The line breaks end a comment that the user's SQL may end with.
  return type === undefined ? `TRY((\n${input}\n))` : `TRY(CAST((\n${input}\n) AS ${duckType(type)}))`;
}
