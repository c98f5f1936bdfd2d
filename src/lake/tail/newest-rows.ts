import type { AddAction } from '../../delta/actions.ts';
import { recordCount } from '../../delta/record-count.ts';
import { openLakeSession, type LakeSession } from '../lake-session.ts';
import { viewFiles, type LakeTable } from '../table/open-table.ts';
import { filesOf } from '../table/table-log.ts';
import { readTailBlock, tailSql, type TailBlock, type TailOptions } from './tail-block.ts';
import { viewTablesFor } from '../query/view-tables.ts';

/** The newest rows of the table, in the order of when they were ingested, their time and their offset. */
export async function newestRows(table: LakeTable, options: TailOptions): Promise<TailBlock> {
  const from = 'rows';
  await using session = await openLakeSession();
  // A condition that asks for the present time has to get one answer.
  await session.run('BEGIN TRANSACTION');
  if (options.where === undefined) await viewNewest(session, from, table, options.limit);
  else await viewTablesFor(session, tailSql({ ...options, from }), new Map([[from, table]]));
  return await readTailBlock(session, table, { ...options, from });
}

async function viewNewest(session: LakeSession, name: string, table: LakeTable, limit: number): Promise<void> {
  const files: AddAction[] = [];
  for await (const file of filesOf(table.store, table.state)) files.push(file);
  await viewFiles(session, name, table, newestFiles(files, limit));
}

/** The newest files that together hold at least `limit` rows; all where the log does not count rows. */
function newestFiles(files: readonly AddAction[], limit: number): AddAction[] {
  const newestFirst = files.toSorted((one, other) => other.modificationTime - one.modificationTime);
  // Files of one batch are written within a moment, and each may hold the newest of one topic partition.
  const sameBatchMs = 5_000;
  const chosen: AddAction[] = [];
  let rows = 0;
  let boundMs = Number.NEGATIVE_INFINITY;
  for (const file of newestFirst) {
    if (file.modificationTime < boundMs) break;
    chosen.push(file);
    rows += recordCount(file) ?? 0;
    if (rows >= limit && boundMs === Number.NEGATIVE_INFINITY) boundMs = file.modificationTime - sameBatchMs;
  }
  return chosen;
}
