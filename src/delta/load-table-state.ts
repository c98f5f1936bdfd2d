import type { ObjectStore } from '../storage/object-store.ts';
import { commitPath } from './log-path.ts';
import {
  digestOf,
  readCheckpoint,
  readCommit,
  readCommits,
  readCommitsAfter,
  type ReadParquetRows,
} from './log-reader.ts';
import { listLogSegment } from './log-segment.ts';
import { assertReadable } from './table-features.ts';
import { TableStateBuilder, type TableState } from './table-state.ts';

export interface LoadOptions {
  /** Time travel; the newest version unless given. */
  readonly version?: number;
  /** A state that was loaded before: only what came after it is read. */
  readonly previous?: TableState | undefined;
  /** Needed for tables whose first log entries were cleaned up behind a checkpoint. */
  readonly readParquetRows?: ReadParquetRows | undefined;
}

/**
 * The state of the table in a store, or `undefined` when there is none.
 * @throws BronzeError `TABLE_FEATURE_UNSUPPORTED` for a table that we cannot read, `TABLE_CORRUPT` for a broken log,
 * `TABLE_NOT_FOUND` for a version that does not exist (any more).
 */
export async function loadTableState(store: ObjectStore, options: LoadOptions = {}): Promise<TableState | undefined> {
  const { previous, version } = options;
  const loaded =
    previous && version === undefined && (await isStillInLog(store, previous))
      ? await readOn(store, previous)
      : await loadWhole(store, options);
  if (loaded && loaded !== previous) assertReadable(loaded, store.root);
  return loaded;
}

/**
 * Is the entry that `state` ends with unchanged in the log? Not when log clean-up went past it, or when the table was
 * deleted, and perhaps made anew: then the absence of the next entry would prove nothing.
 */
export async function isStillInLog(store: ObjectStore, state: TableState): Promise<boolean> {
  if (state.entryDigest === undefined) return false;
  const bytes = await store.get(commitPath(state.version));
  return bytes !== undefined && digestOf(bytes) === state.entryDigest;
}

async function readOn(store: ObjectStore, previous: TableState): Promise<TableState> {
  const builder = new TableStateBuilder(previous);
  let changed = false;
  for await (const entry of readCommitsAfter(store, previous.version)) {
    builder.applyCommit(entry);
    changed = true;
  }
  return changed ? builder.build(store.root) : previous;
}

async function loadWhole(store: ObjectStore, options: LoadOptions): Promise<TableState | undefined> {
  const segment = await listLogSegment(store, options.version);
  if (!segment) return undefined;
  const builder = new TableStateBuilder(undefined);
  if (segment.checkpointVersion !== undefined) {
    for await (const action of readCheckpoint(store, segment.checkpointVersion, options.readParquetRows)) {
      builder.applyCheckpointAction(action);
    }
    builder.endCheckpoint(segment.checkpointVersion);
    // Timestamp and digest of the newest entry stand in the entry alone; its other actions the checkpoint has as well.
    const entry = segment.commitVersions.length === 0 ? await readCommit(store, segment.version) : undefined;
    if (entry) builder.applyCommit(entry);
  }
  for await (const entry of readCommits(store, segment.commitVersions)) builder.applyCommit(entry);
  return builder.build(store.root);
}
