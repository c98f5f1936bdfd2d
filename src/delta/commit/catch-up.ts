import type { ObjectStore } from '../../storage/object-store.ts';
import { noChanges, withEntry, type TableChange, type WinningChanges } from './conflict-check.ts';
import { isStillInLog, loadTableState } from '../load-table-state.ts';
import type { ReadParquetRows } from '../checkpoint/read-checkpoint.ts';
import { readCommitsAfter } from '../log/log-reader.ts';
import { TableStateBuilder, type TableState } from '../table-state.ts';

/** The newest state of a table, and all that happened since the state that was caught up from. */
export interface CaughtUp {
  readonly latest: TableState | undefined;
  readonly changes: WinningChanges;
}

/** Reads on from `base`; where the log no longer leads on from there, the whole table is loaded and compared. */
export async function catchUp(
  store: ObjectStore,
  base: TableState | undefined,
  readParquetRows?: ReadParquetRows,
): Promise<CaughtUp> {
  if (!base || !(await isStillInLog(store, base))) {
    const latest = await loadTableState(store, { readParquetRows });
    return { latest, changes: changesAcrossGap(base, latest) };
  }
  const builder = new TableStateBuilder(base);
  let changes = noChanges;
  let read = false;
  for await (const entry of readCommitsAfter(store, base.version)) {
    builder.applyCommit(entry);
    changes = withEntry(changes, entry.actions, store.root);
    read = true;
  }
  return { latest: read ? builder.build(store.root) : base, changes };
}

function changesAcrossGap(base: TableState | undefined, latest: TableState | undefined): WinningChanges {
  const table = changeBetween(base, latest);
  return base ? { ...noChanges, table, removedFiles: 'unknown' } : { ...noChanges, table };
}

function changeBetween(base: TableState | undefined, latest: TableState | undefined): TableChange | undefined {
  if (!base) return latest && 'created';
  if (!latest || latest.metaData.id !== base.metaData.id || latest.version < base.version) return 'replaced';
  if (JSON.stringify(latest.protocol) !== JSON.stringify(base.protocol)) return 'protocol';
  return JSON.stringify(latest.metaData) === JSON.stringify(base.metaData) ? undefined : 'metaData';
}
