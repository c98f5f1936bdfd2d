import { BronzeError } from '../../errors.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { Action, AddAction } from '../actions.ts';
import { readAdds, type ReadParquetRows } from '../checkpoint/read-checkpoint.ts';
import { logicalFileKey } from '../data-file-path.ts';
import { FileKeySet } from './file-key-set.ts';
import { readPieces } from './log-reader.ts';
import { ReadableSegments } from './readable-segments.ts';
import type { TableState } from '../table-state.ts';

export interface ActiveFilesOptions {
  /** Without it checkpoints are passed over, and the log must reach back to its first entry. */
  readonly readParquetRows?: ReadParquetRows | undefined;
  /**
   * `refuse`, the default, throws `TABLE_FEATURE_UNSUPPORTED` at a file with a deletion vector: who reads that file
   * without it sees deleted rows.
   */
  readonly deletionVectors?: 'refuse' | 'return';
}

/**
 * The files of the table at a state's version, newest first. Replays the log backwards and keeps the newest reference
 * to each logical file (PROTOCOL.md, Action Reconciliation), so a file is yielded as soon as it is met. In memory are the
 * keys of files that changed since the newest checkpoint, and a few entries of the log.
 */
export async function* activeFiles(
  store: ObjectStore,
  state: Pick<TableState, 'version'>,
  options: ActiveFilesOptions = {},
): AsyncIterable<AddAction> {
  const { readParquetRows } = options;
  const request = { atVersion: state.version, useCheckpoints: readParquetRows !== undefined };
  const segments = new ReadableSegments(store, request);
  const seen = new FileKeySet();
  for (;;) {
    const segment = await segments.next();
    if (!segment) return;
    for await (const piece of readPieces(store, segment.pieces.toReversed())) {
      const actions = piece.kind === 'commit' ? piece.entry.actions : piece.actions;
      for (const action of actions.toReversed()) {
        const add = newestAdd(action, (file) => seen.add(logicalFileKey(file, store.root)));
        if (add) yield admit(add, store.root, options);
      }
    }
    const { checkpoint } = segment;
    if (!checkpoint || !readParquetRows) return;
    let isBegun = false;
    try {
      // Within a checkpoint every logical file stands once, so only what came after can hide it.
      for await (const { add } of readAdds({ store, checkpoint, readParquetRows })) {
        if (seen.has(logicalFileKey(add, store.root))) continue;
        isBegun = true;
        yield admit(add, store.root, options);
      }
      return;
    } catch (error) {
      // What it has told already, an older one would tell again.
      if (isBegun) throw error;
      segments.passOver(error);
    }
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
