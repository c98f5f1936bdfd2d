import { join } from 'node:path';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { Action } from '../actions.ts';
import { logicalFile, logicalFileKey } from '../data-file-path.ts';
import { FileKeySet } from '../log/file-key-set.ts';
import type { LogSegment } from '../log/log-segment.ts';
import { writeLines } from './action-lines.ts';
import { LocalLogFiles, type CheckpointSession } from './checkpoint-session.ts';
import type { FileRowsSource } from './file-rows-sql.ts';
import {
  locateFileActions,
  readTableActions,
  type CheckpointSource,
  type FileActions,
  type ParquetQuery,
} from './read-checkpoint.ts';
import { NewestTableActions, newestFileActions, type FileAction } from './reconcile-log.ts';

/** A log, ready for the engine to make a checkpoint of it. */
export interface StagedLog {
  readonly tableActions: NewestTableActions;
  readonly fileRows: FileRowsSource;
}

/** Brings what a checkpoint is made of into the session's folder: newer actions as lines, older checkpoints as they are. */
export async function stageLog(
  store: ObjectStore,
  segment: LogSegment,
  session: CheckpointSession,
): Promise<StagedLog> {
  const tableActions = new NewestTableActions();
  const seen = new FileKeySet();
  const local = new LocalLogFiles(store, session);
  const { checkpoint } = segment;
  const source = checkpoint && localSource({ store, checkpoint }, local);
  const older = source && (await locateFileActions(source));
  const lines = async function* (): AsyncIterable<string> {
    for await (const action of newestFileActions(store, segment.pieces, tableActions, seen))
      yield lineOf(action, store);
    for (const action of unseenActions(older, seen, store)) yield lineOf(action, store);
  };
  const newer = await writeLines(join(session.outputFolder, 'newer-actions.json'), lines());
  if (source) await takeAll(source, tableActions);
  return {
    tableActions,
    fileRows: { newer, olderFiles: older?.kind === 'parquet' ? await local.list(older.paths) : undefined },
  };
}

/** A checkpoint that is read as copies in the session's folder. */
export function localSource(
  checkpoint: Pick<CheckpointSource, 'store' | 'checkpoint'>,
  local: LocalLogFiles,
): CheckpointSource {
  return { ...checkpoint, readParquetRows: (query: ParquetQuery) => local.readRows(query) };
}

/** What an older checkpoint in JSON says of files that nothing newer speaks of. */
function* unseenActions(older: FileActions | undefined, seen: FileKeySet, store: ObjectStore): Iterable<FileAction> {
  if (older?.kind !== 'actions') return;
  for (const action of older.actions) {
    if ('add' in action && seen.add(logicalFileKey(action.add, store.root))) yield action;
    if ('remove' in action && seen.add(logicalFileKey(action.remove, store.root))) yield action;
  }
}

async function takeAll(source: CheckpointSource, tableActions: NewestTableActions): Promise<void> {
  const actions: Action[] = [];
  for await (const action of readTableActions(source)) actions.push(action);
  for (const action of actions) tableActions.take(action);
}

function lineOf(action: FileAction, store: ObjectStore): string {
  const { path, vectorId } = logicalFile('add' in action ? action.add : action.remove, store.root);
  return JSON.stringify({ path, vectorId, ...action });
}
