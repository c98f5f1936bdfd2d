import { BronzeError } from '../errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Action, AddAction } from './actions.ts';
import { logicalFileKey } from './data-file-path.ts';
import { readCheckpoint, readCommits, type ReadParquetRows } from './log-reader.ts';
import { listLogSegment } from './log-segment.ts';
import type { TableState } from './table-state.ts';

export interface ActiveFilesOptions {
  readonly readParquetRows?: ReadParquetRows | undefined;
  /**
   * `refuse`, the default, throws `TABLE_FEATURE_UNSUPPORTED` at a file with a deletion vector: who reads that file
   * without it sees deleted rows.
   */
  readonly deletionVectors?: 'refuse' | 'return';
}

/**
 * The files of the table at a state's version, newest first. Replays the log backwards and keeps the newest reference
 * to each logical file (PROTOCOL.md, Action Reconciliation), so a file is yielded as soon as it is met.
 */
export async function* activeFiles(
  store: ObjectStore,
  state: Pick<TableState, 'version'>,
  options: ActiveFilesOptions = {},
): AsyncIterable<AddAction> {
  const segment = await listLogSegment(store, state.version);
  if (!segment) return;
  const seen = new Set<string>();
  const isNew = (file: Parameters<typeof logicalFileKey>[0]): boolean => {
    const key = logicalFileKey(file, store.root);
    const known = seen.has(key);
    seen.add(key);
    return !known;
  };
  for await (const { actions } of readCommits(store, segment.commitVersions.toReversed())) {
    for (const action of actions.toReversed()) {
      const add = newestAdd(action, isNew);
      if (add) yield admit(add, store.root, options);
    }
  }
  if (segment.checkpointVersion === undefined) return;
  // Within a checkpoint every logical file stands once, so only what came after can hide it.
  const isUnseen = (file: AddAction): boolean => !seen.has(logicalFileKey(file, store.root));
  for await (const action of readCheckpoint(store, segment.checkpointVersion, options.readParquetRows)) {
    if ('add' in action && isUnseen(action.add)) yield admit(action.add, store.root, options);
  }
}

function newestAdd(action: Action, isNew: (file: AddAction | RemoveActionKey) => boolean): AddAction | undefined {
  if ('remove' in action) isNew(action.remove);
  return 'add' in action && isNew(action.add) ? action.add : undefined;
}

type RemoveActionKey = Extract<Action, { readonly remove: unknown }>['remove'];

function admit(add: AddAction, root: string, options: ActiveFilesOptions): AddAction {
  if (add.deletionVector && options.deletionVectors !== 'return') {
    throw new BronzeError(
      'TABLE_FEATURE_UNSUPPORTED',
      `${root}: the file ${add.path} has a deletion vector (deletionVectors), which is not supported`,
    );
  }
  return add;
}
