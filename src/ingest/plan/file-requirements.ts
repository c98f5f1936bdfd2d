import { isDeepStrictEqual } from 'node:util';
import { columnMappingMode } from '../../delta/schema/column-mapping.ts';
import { indexedColumnsFor, indexedColumnsOf } from '../../delta/schema/indexed-columns.ts';
import type { TableState } from '../../delta/table-state.ts';
import type { FileRequirements } from '../../model/batch/batch.ts';
import type { JobSpec } from '../../model/job/job-spec.ts';

/** What the table wants of data files that the job alone does not say: others may have made or changed it. */
export function fileRequirementsOf(
  state: TableState | undefined,
  spec: JobSpec,
  root: string,
): FileRequirements | undefined {
  if (!state) return undefined;
  const mapsColumns = columnMappingMode(state.metaData) !== 'none';
  const indexedColumns = indexedColumnsOf(state, root);
  const isAsExpected = isDeepStrictEqual(indexedColumns, indexedColumnsFor(spec.table.properties));
  if (!mapsColumns && isAsExpected) return undefined;
  return { ...(mapsColumns ? { mapsColumns } : {}), ...(isAsExpected ? {} : { indexedColumns }) };
}
