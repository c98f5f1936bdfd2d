import { aggregateInput } from '../model/outputs/aggregate-input.ts';
import type { AggregateColumn } from '../model/outputs/output-spec.ts';
import { duckType } from '../model/pipeline/sql-text.ts';
import type { DataType, StructField } from '../model/table/table-schema.ts';
import type { Algebra } from './algebra.ts';
import { distinctAlgebra } from './distinct-sketch.ts';
import { firstOrLastAlgebra, sameTypeAlgebra } from './extremes.ts';
import { momentsAlgebra } from './moments.ts';
import { quantileAlgebra } from './quantile-sketch.ts';
import { avgAlgebra, countAlgebra, sumAlgebra } from './sums.ts';

/** A column of aggregates, as SQL. */
export interface Measure {
  readonly name: string;
  readonly algebra: Algebra;
  /** Over the columns of the job's table; null where it fails for a row, as in derived columns. */
  readonly inputSql: string;
  /** Of the table's column, over a state. A value that its type cannot hold is null. */
  readonly resultSql: (state: string) => string;
}

export function compileMeasure(column: AggregateColumn, fields: readonly StructField[]): Measure {
  const input = aggregateInput(column, fields);
  const algebra = algebraOf(column, input.type);
  return {
    name: column.name,
    algebra,
    inputSql: input.sql,
    resultSql: (state) => `TRY_CAST(${algebra.result(state)} AS ${duckType(column.type)})`,
  };
}

function algebraOf({ function: name, quantile = 0.5 }: AggregateColumn, input: DataType | undefined): Algebra {
  const type = input ?? 'double';
  switch (name) {
    case 'count':
      return countAlgebra;
    case 'sum':
      return sumAlgebra(type);
    case 'avg':
      return avgAlgebra(type);
    case 'first':
    case 'last':
      return firstOrLastAlgebra(name, type);
    case 'stddev_samp':
    case 'stddev_pop':
    case 'var_samp':
    case 'var_pop':
      return momentsAlgebra(name);
    case 'approx_count_distinct':
      return distinctAlgebra(input);
    case 'approx_quantile':
      return quantileAlgebra(quantile);
    case 'min':
    case 'max':
    case 'bool_and':
    case 'bool_or':
    case 'bit_and':
    case 'bit_or':
    case 'bit_xor':
      return sameTypeAlgebra(name, type);
  }
}
