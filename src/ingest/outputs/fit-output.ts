import { fitTable, type TableFit } from '../../delta/schema/evolve-table.ts';
import type { TableState } from '../../delta/table-state.ts';
import type { StructType } from '../../model/table/table-schema.ts';
import { aligned } from '../lane/lane-columns.ts';

/**
 * How the table takes what the output makes. It may have wider types and further fields, by a batch that the job's table
 * never got: rows are written as it has them.
 */
export function fitOutput(state: TableState, made: StructType): TableFit {
  return fitTable(state, { ...made, fields: aligned(state, made.fields) });
}
