import type { ObjectStore } from '../storage/object-store.ts';
import { readCheckpointHint } from './checkpoint/last-checkpoint.ts';
import { readTableActions, type ReadParquetRows } from './checkpoint/read-checkpoint.ts';
import { commitPath } from './log/log-path.ts';
import { digestOf, readCommit, readCommitsAfter, readPieces } from './log/log-reader.ts';
import type { LogSegment } from './log/log-segment.ts';
import { ReadableSegments } from './log/readable-segments.ts';
import { assertReadable } from './table-features.ts';
import { TableStateBuilder, type TableState } from './table-state.ts';

export interface LoadOptions {
  /** Time travel; the newest version unless given. */
  readonly version?: number;
  /** A state that was loaded before: only what came after it is read. */
  readonly previous?: TableState | undefined;
  /** Without it checkpoints are passed over, and the log must reach back to its first entry. */
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
      ? await readOn(store, previous, options)
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

/** Reads on entry by entry; who is far behind looks whether there is a checkpoint nearer to the end. */
async function readOn(store: ObjectStore, previous: TableState, options: LoadOptions): Promise<TableState | undefined> {
  const builder = new TableStateBuilder(previous);
  let read = 0;
  for await (const entry of readCommitsAfter(store, previous.version)) {
    if (read === maxEntriesOneByOne && (await hasCheckpointAfter(store, entry.version))) {
      return loadWhole(store, options);
    }
    builder.applyCommit(entry);
    read += 1;
  }
  return read > 0 ? builder.build(store.root) : previous;
}

/** Listing the log and reading a checkpoint cost about as much as so many entries one after the other. */
const maxEntriesOneByOne = 50;

async function hasCheckpointAfter(store: ObjectStore, version: number): Promise<boolean> {
  return ((await readCheckpointHint(store))?.version ?? -1) > version;
}

async function loadWhole(store: ObjectStore, options: LoadOptions): Promise<TableState | undefined> {
  const { readParquetRows } = options;
  const request = { atVersion: options.version, useCheckpoints: readParquetRows !== undefined };
  return new ReadableSegments(store, request).read((segment) => loadSegment(store, segment, readParquetRows));
}

async function loadSegment(
  store: ObjectStore,
  { checkpoint, pieces, version }: LogSegment,
  readParquetRows: ReadParquetRows | undefined,
): Promise<TableState> {
  const builder = new TableStateBuilder(undefined);
  if (checkpoint && readParquetRows) {
    for await (const action of readTableActions({ store, checkpoint, readParquetRows }))
      builder.applyReconciled(action);
    builder.endCheckpoint(checkpoint.version);
  }
  for await (const piece of readPieces(store, pieces)) {
    if (piece.kind === 'commit') builder.applyCommit(piece.entry);
    else {
      for (const action of piece.actions) builder.applyReconciled(action);
      builder.endReconciled(piece.endVersion);
    }
  }
  if (pieces.at(-1)?.kind !== 'commit') {
    // Timestamp and digest of the newest entry stand in the entry alone; its other actions were read already.
    const entry = await readCommit(store, version);
    if (entry) builder.applyCommit(entry);
  }
  return builder.build(store.root);
}
