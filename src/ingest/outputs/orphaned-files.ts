import { nextBatchAfter, storedPositions } from '../../delta/commit/offset-positions.ts';
import type { TableState } from '../../delta/table-state.ts';
import type { ObjectEntry, ObjectStore } from '../../storage/object-store.ts';
import { batchOfStaged, isLeftBehind, stagedFolder } from '../commit/staged-files.ts';
import { stateFolder } from './merge-output.ts';
import { readHead } from './output-head.ts';

/**
 * Parts and state files of attempts that were given up, in the table of an output: no head names them, and no commit can
 * any more. They stay until their lane is opened again, which may be long.
 */
export async function* orphanedOutputFiles(
  store: ObjectStore,
  state: TableState,
  olderThanMs: number,
): AsyncIterable<ObjectEntry> {
  for (const folder of [stagedFolder, stateFolder]) {
    for await (const entry of store.list(folder)) {
      const batch = batchOfStaged(folder, entry.path);
      const head = batch && readHead(state, batch, store.root);
      if (!head || entry.modifiedAtMs >= olderThanMs) continue;
      const { epoch = 0, lastBatch } = storedPositions(state, { ...batch, topicId: head.topicId });
      const isNamed = head.retired.includes(entry.path) || head.stateFiles.some(({ path }) => path === entry.path);
      if (!isNamed && isLeftBehind(batch, { epoch, nextBatch: nextBatchAfter(lastBatch) })) yield entry;
    }
  }
}
