import { activeFiles } from '../../delta/log/active-files.ts';
import type { ReadParquetRows } from '../../delta/checkpoint/read-checkpoint.ts';
import { columnMappingMode } from '../../delta/schema/column-mapping.ts';
import type { TableState } from '../../delta/table-state.ts';
import type { FileOfTable } from '../../lake/table/data-file.ts';
import { FileFacts } from '../../lake/data-skipping/column-facts.ts';
import type { TableViewSource } from '../../lake/table/table-view.ts';
import type { StructField } from '../../model/table/table-schema.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { Deduplication } from '../../transform/deduplicate.ts';
import { withNamesOf } from '../files/file-columns.ts';
import { fileTimes } from './file-times.ts';
import { overlapsAny, type Interval } from './window-intervals.ts';

/** What keys and times are made of, as the table has it. */
export type KeyColumns = Pick<TableViewSource, 'schema' | 'partitionColumns' | 'columnMapping'>;

export interface HeldSearch {
  readonly deduplication: Deduplication;
  /** The columns of the job's table; those that a file does not have are null in it. */
  readonly fields: readonly StructField[];
  /** Rows outside of these are near none of the batch; absent where there is no window. */
  readonly intervals: readonly Interval[] | undefined;
}

export function keyColumnsOf(state: TableState, { deduplication: { columns }, fields }: HeldSearch): KeyColumns {
  const named = withNamesOf({ type: 'struct', fields }, state.schema);
  return {
    schema: { type: 'struct', fields: named.fields.filter(({ name }) => columns.includes(name)) },
    partitionColumns: state.partitionColumns.filter((name) => columns.includes(name)),
    columnMapping: columnMappingMode(state.metaData),
  };
}

/** The files of a table that may have rows near those of a batch; what is kept of each is little: there may be very many. */
export async function heldCandidates(
  store: ObjectStore,
  state: TableState,
  { deduplication: { window }, intervals }: HeldSearch,
  readParquetRows: ReadParquetRows,
): Promise<readonly FileOfTable[]> {
  const place = window?.place.steps.flatMap((step) => (step.kind === 'field' ? [step.name] : [])) ?? [];
  const table = { schema: state.schema, columnMapping: columnMappingMode(state.metaData) };
  const candidates: FileOfTable[] = [];
  for await (const add of activeFiles(store, state, { readParquetRows, deletionVectors: 'return' })) {
    const facts = intervals && new FileFacts(add, table).of(place);
    const times = facts === undefined ? 'unknown' : fileTimes(facts);
    if (times === 'none') continue;
    if (times !== 'unknown' && intervals && !overlapsAny(times, intervals)) continue;
    const { path, size, partitionValues, deletionVector } = add;
    candidates.push({ path, size, partitionValues, ...(deletionVector === undefined ? {} : { deletionVector }) });
  }
  return candidates;
}

/** Files that one statement can read: together no larger than this, or one. */
export function readsOf(candidates: readonly FileOfTable[], maxBytes: number): readonly (readonly FileOfTable[])[] {
  const reads: FileOfTable[][] = [];
  let sizeBytes = Number.POSITIVE_INFINITY;
  for (const file of candidates) {
    sizeBytes += file.size ?? 0;
    if (sizeBytes > maxBytes) {
      reads.push([]);
      sizeBytes = file.size ?? 0;
    }
    reads.at(-1)?.push(file);
  }
  return reads;
}
