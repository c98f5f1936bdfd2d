import { createHash } from 'node:crypto';
import { BronzeError } from '../errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Action } from './actions.ts';
import { parseActionLine, parseCommit } from './commit-entry.ts';
import { classicCheckpointPath, commitPath } from './log-path.ts';

/**
 * Reads a Parquet file: each row as one line of JSON, columns that are null included or left out, maps as objects.
 * Injected, because the Parquet reader lives with the engine.
 */
export type ReadParquetRows = (readerUrl: string) => AsyncIterable<string>;

/** One entry of the log as it was read. */
export interface CommitEntry {
  readonly version: number;
  readonly actions: readonly Action[];
  /** Tells this entry from the one of the same version in a table that was deleted and made anew. */
  readonly digest: string;
}

/** The entry of a version, or `undefined` when there is none. */
export async function readCommit(store: ObjectStore, version: number): Promise<CommitEntry | undefined> {
  const bytes = await store.get(commitPath(version));
  return bytes && { version, actions: parseCommit(version, bytes, store.root), digest: digestOf(bytes) };
}

export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url');
}

/** Entries in the order of `versions`, read ahead a few at a time. */
export async function* readCommits(store: ObjectStore, versions: readonly number[]): AsyncIterable<CommitEntry> {
  const ahead: Promise<CommitEntry | undefined>[] = [];
  for (let next = 0; next < versions.length || ahead.length > 0;) {
    while (next < versions.length && ahead.length < readAhead) {
      const reading = readCommit(store, versions[next] ?? 0);
      reading.catch(() => undefined);
      ahead.push(reading);
      next += 1;
    }
    const entry = await ahead.shift();
    if (!entry) {
      const version = versions[next - ahead.length - 1] ?? 0;
      throw new BronzeError(
        'TABLE_CORRUPT',
        `${store.root}/${commitPath(version)} is missing: it vanished while the log was read`,
      );
    }
    yield entry;
  }
}

const readAhead = 16;

/** The entries after `version`, one by one until there is none: cheap however long the log is. */
export async function* readCommitsAfter(store: ObjectStore, version: number): AsyncIterable<CommitEntry> {
  for (let next = version + 1; ; next += 1) {
    const entry = await readCommit(store, next);
    if (!entry) return;
    yield entry;
  }
}

/**
 * The actions of a classic checkpoint.
 * @throws BronzeError `TABLE_FEATURE_UNSUPPORTED` without a Parquet reader, and for a V2 checkpoint.
 */
export async function* readCheckpoint(
  store: ObjectStore,
  version: number,
  readParquetRows: ReadParquetRows | undefined,
): AsyncIterable<Action> {
  const path = classicCheckpointPath(version);
  if (!readParquetRows) {
    throw new BronzeError(
      'TABLE_FEATURE_UNSUPPORTED',
      `${store.root}: the log entries up to ${commitPath(version)} stand in the checkpoint ${path}, which needs a Parquet reader`,
    );
  }
  for await (const row of readParquetRows(store.readerUrl(path))) {
    if (isSidecar.test(row)) {
      throw new BronzeError(
        'TABLE_FEATURE_UNSUPPORTED',
        `${store.root}/${path} is a V2 checkpoint (v2Checkpoint), which is not supported`,
      );
    }
    const action = parseActionLine(row, `${store.root}/${path}`);
    if (action) yield action;
  }
}

/** Only V2 checkpoints have these actions. Quotes inside of JSON strings are escaped, so this finds keys alone. */
const isSidecar = /"(sidecar|checkpointMetadata)"\s*:\s*\{/;
