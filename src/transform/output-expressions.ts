import type { AggregateColumn, OutputSpec } from '../model/outputs/output-spec.ts';
import type { DataType, StructField } from '../model/table/table-schema.ts';
import type { DerivedColumn } from './derived-column.ts';

/** The user's SQL in outputs, which sees the columns of the job's table. */
export function outputExpressions(
  outputs: readonly OutputSpec[],
  columnsBefore: readonly StructField[],
): readonly DerivedColumn[] {
  return outputs.flatMap((output): readonly DerivedColumn[] => {
    switch (output.kind) {
      case 'aggregate':
        return output.aggregates.flatMap((column): readonly DerivedColumn[] => {
          const { input } = column;
          if (input === undefined) return [];
          const place = ['outputs', output.name, 'aggregates', column.name];
          return [{ place, sql: input, columnsBefore, ...typeOf(column) }];
        });
      case 'merge': {
        if (output.deleteWhen === undefined) return [];
        const place = ['outputs', output.name, 'merge', 'deleteWhen'];
        return [{ place, type: 'boolean', isCondition: true, sql: output.deleteWhen, columnsBefore }];
      }
      case 'changes':
        return [];
    }
  });
}

/** Values of any type can be counted. */
function typeOf({ function: name, type }: AggregateColumn): { readonly type?: DataType } {
  return name === 'count' || name === 'approx_count_distinct' ? {} : { type };
}
