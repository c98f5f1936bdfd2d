import type { ObjectStore } from '../../storage/object-store.ts';
import type { RemoveAction } from '../actions.ts';
import { readRemoves, type ReadParquetRows } from '../checkpoint/read-checkpoint.ts';
import { readPieces } from './log-reader.ts';
import { ReadableSegments } from './readable-segments.ts';
import type { TableState } from '../table-state.ts';

/**
 * Every remove that the log still has at a state's version (PROTOCOL.md, Action Reconciliation, tombstones): among them
 * those of files that came back later.
 */
export async function* removedFiles(
  store: ObjectStore,
  state: Pick<TableState, 'version'>,
  { readParquetRows }: { readonly readParquetRows?: ReadParquetRows | undefined } = {},
): AsyncIterable<RemoveAction> {
  const request = { atVersion: state.version, useCheckpoints: readParquetRows !== undefined };
  const segments = new ReadableSegments(store, request);
  for (;;) {
    const segment = await segments.next();
    if (!segment) return;
    const { checkpoint, pieces } = segment;
    try {
      if (checkpoint && readParquetRows) {
        for await (const { remove } of readRemoves({ store, checkpoint, readParquetRows })) yield remove;
      }
    } catch (error) {
      // Some may be told twice.
      segments.passOver(error);
      continue;
    }
    for await (const piece of readPieces(store, pieces)) {
      const actions = piece.kind === 'commit' ? piece.entry.actions : piece.actions;
      for (const action of actions) if ('remove' in action) yield action.remove;
    }
    return;
  }
}
