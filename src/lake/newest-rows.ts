import type { AddAction } from '../delta/actions.ts';
import { recordCount } from '../delta/record-count.ts';
import { openLakeSession } from './lake-session.ts';
import { viewFiles, type LakeTable } from './open-table.ts';
import { filesOf } from './table-log.ts';
import { readTailBlock, type TailBlock, type TailOptions } from './tail-block.ts';

/** The newest rows of the table, in the order of when they were ingested, their time and their offset. */
export async function newestRows(table: LakeTable, options: TailOptions): Promise<TailBlock> {
  const files: AddAction[] = [];
  for await (const file of filesOf(table.store, table.state)) files.push(file);
  await using session = await openLakeSession();
  await viewFiles(session, 'rows', table, options.where === undefined ? newestFiles(files, options.limit) : files);
  return await readTailBlock(session, table, { ...options, from: 'rows' });
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
