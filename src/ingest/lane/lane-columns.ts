import type { TableState } from '../../delta/table-state.ts';
import { BronzeError, errorMessage } from '../../errors.ts';
import type { JobSpec } from '../../model/job/job-spec.ts';
import { withLaneSchema, type LaneSchema } from '../../model/batch/lane-schema.ts';
import { mergeFields } from '../../model/table/schema-merge.ts';
import type { StructField } from '../../model/table/table-schema.ts';
import { tableSchema } from '../../transform/table-schema.ts';
import { fitJob } from './lane-rules.ts';

/** Why rows of these columns have no place in the table, or beside the job's other columns. */
export function misfit(
  state: TableState | undefined,
  spec: JobSpec,
  lane: LaneSchema,
  columns: readonly StructField[],
): string | undefined {
  try {
    const job = withLaneSchema(spec, { ...lane, columns: aligned(state, columns) });
    if (state === undefined) {
      tableSchema(job);
      return undefined;
    }
    const fit = fitJob(state, job);
    return fit.kind === 'mismatch' ? fit.problems.join('; ') : undefined;
  } catch (error) {
    if (error instanceof BronzeError && error.code === 'PIPELINE_INVALID') return errorMessage(error);
    throw error;
  }
}

/** The table may have wider types by now, and further fields within structs: rows are written as it has them. */
export function aligned(state: TableState | undefined, columns: readonly StructField[]): readonly StructField[] {
  const held = new Map(state?.schema.fields.map((field) => [field.name, field]));
  return columns.map((column): StructField => {
    const own = held.get(column.name);
    const merge = own && mergeFields([column], [{ ...own, metadata: {} }]);
    return merge && merge.conflicts.length + merge.misspelt.length === 0 ? (merge.fields[0] ?? column) : column;
  });
}
