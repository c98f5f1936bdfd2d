import type { AddAction } from '../../delta/actions.ts';
import { columnMappingMode } from '../../delta/schema/column-mapping.ts';
import { FileFacts } from '../data-skipping/column-facts.ts';
import { mayHold } from '../data-skipping/may-hold.ts';
import { pushedFilters } from '../data-skipping/pushed-filters.ts';
import type { RowFilter } from '../data-skipping/row-filter.ts';
import type { LakeSession } from '../lake-session.ts';
import { viewFiles, type LakeTable } from '../table/open-table.ts';
import { filesOf } from '../table/table-log.ts';

/** How many data files a statement has to look into. */
export interface FilesRead {
  readonly read: number;
  /** How many its tables have. */
  readonly of: number;
}

/**
 * Makes the views that one statement reads, of those files alone that may have rows for it by partition values and
 * statistics. Where the statement may ask for the present time, it has to be in one transaction with it.
 */
export async function viewTablesFor(
  session: LakeSession,
  sql: string,
  tables: ReadonlyMap<string, LakeTable>,
): Promise<FilesRead> {
  const schemas = new Map([...tables].map(([view, { state }]) => [view, state.schema]));
  const filters = await pushedFilters(session.connection, sql, schemas);
  let [read, of] = [0, 0];
  for (const [view, table] of tables) {
    const files: AddAction[] = [];
    for await (const add of filesOf(table.store, table.state)) {
      of += 1;
      if (isNeeded(add, table, filters.get(view))) files.push(add);
    }
    read += files.length;
    await viewFiles(session, view, table, files);
  }
  return { read, of };
}

/** Those of the files that may have rows for the statement, which reads them as `view`. */
export async function filesNeeded(
  session: LakeSession,
  sql: string,
  { view, table, files }: { readonly view: string; readonly table: LakeTable; readonly files: readonly AddAction[] },
): Promise<readonly AddAction[]> {
  const filters = await pushedFilters(session.connection, sql, new Map([[view, table.state.schema]]));
  return files.filter((add) => isNeeded(add, table, filters.get(view)));
}

function isNeeded(add: AddAction, { state }: LakeTable, filter: RowFilter | undefined): boolean {
  if (filter === undefined) return true;
  const facts = new FileFacts(add, { schema: state.schema, columnMapping: columnMappingMode(state.metaData) });
  return mayHold(filter, (path) => facts.of(path));
}
