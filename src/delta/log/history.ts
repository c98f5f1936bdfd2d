import type { ObjectStore } from '../../storage/object-store.ts';
import type { CommitInfo } from '../actions.ts';
import { commitInfoOf } from './commit-entry.ts';
import { readCommit } from './log-reader.ts';
import { listCommits, type ListedCommit } from './log-segment.ts';

export interface HistoryEntry {
  readonly version: number;
  /** The in-commit timestamp where the table has them, else when the entry was written, made strictly increasing. */
  readonly timestampMs: number;
  /** Absent where the writer of the entry left none. */
  readonly commitInfo: CommitInfo | undefined;
}

export interface HistoryOptions {
  /** The newest version to tell of; the newest of all unless given. */
  readonly toVersion?: number;
}

/** The commits of a table, newest first, as far back as the log reaches. Each is read only when it is asked for. */
export async function* history(store: ObjectStore, options: HistoryOptions = {}): AsyncIterable<HistoryEntry> {
  const { toVersion = Infinity } = options;
  for (const commit of increasing(await listCommits(store)).toReversed()) {
    if (commit.version > toVersion) continue;
    const entry = await readCommit(store, commit.version);
    if (!entry) return;
    const commitInfo = commitInfoOf(entry.actions);
    const timestampMs = commitInfo?.inCommitTimestamp ?? commit.modifiedAtMs;
    yield { version: commit.version, timestampMs, commitInfo };
  }
}

/** Clocks and copies may give a later commit an earlier time; as Spark does, each is at least 1 ms after the one before. */
export function increasing(commits: readonly ListedCommit[]): ListedCommit[] {
  let latestMs = -Infinity;
  return commits.map(({ version, modifiedAtMs }) => {
    latestMs = Math.max(modifiedAtMs, latestMs + 1);
    return { version, modifiedAtMs: latestMs };
  });
}
