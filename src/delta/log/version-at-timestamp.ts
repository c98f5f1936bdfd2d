import { BronzeError } from '../../errors.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { ReadParquetRows } from '../checkpoint/read-checkpoint.ts';
import { commitInfoOf } from './commit-entry.ts';
import { increasing } from './history.ts';
import { loadTableState } from '../load-table-state.ts';
import { readCommit } from './log-reader.ts';
import { listCommits, type ListedCommit } from './log-segment.ts';
import { usesInCommitTimestamps } from '../table-features.ts';
import type { TableState } from '../table-state.ts';

/**
 * Time travel: the newest version that is not younger than a point in time. In-commit timestamps decide for the versions
 * that have them, else the times at which entries were written (PROTOCOL.md, Recommendations for Readers of Tables with
 * In-Commit Timestamps).
 * @throws BronzeError `TABLE_NOT_FOUND` when the log does not reach back so far, or there is no table.
 */
export async function versionAtTimestamp(
  store: ObjectStore,
  timestampMs: number,
  readParquetRows?: ReadParquetRows,
): Promise<number> {
  const state = await loadTableState(store, { readParquetRows });
  const commits = state ? increasing(await listCommits(store)) : [];
  const found = state && (await newestCommitUpTo(store, state, commits, timestampMs));
  if (found !== undefined) return found;
  const asked = new Date(timestampMs).toISOString();
  const reach = commits[0] ? `its log begins ${await timeOf(store, commits[0])}` : 'there is no table';
  throw new BronzeError('TABLE_NOT_FOUND', `${store.root} has no version as old as ${asked}: ${reach}`);
}

/**
 * The newest of a table's commits that is not younger than a point in time; `undefined` where all are.
 * @param commits those of the log, in order, with `increasing` times
 */
export async function newestCommitUpTo(
  store: ObjectStore,
  state: TableState,
  commits: readonly ListedCommit[],
  timestampMs: number,
): Promise<number | undefined> {
  const enabled = inCommitTimestampsSince(state);
  if (enabled && timestampMs >= enabled.timestampMs) {
    return searchInCommitTimestamps(store, commits, enabled.version, timestampMs);
  }
  return commits.findLast(({ version, modifiedAtMs }) => {
    return version < (enabled?.version ?? Infinity) && modifiedAtMs <= timestampMs;
  })?.version;
}

interface EnabledSince {
  readonly version: number;
  readonly timestampMs: number;
}

/** The first version that has in-commit timestamps; tables that were created with them do not say. */
function inCommitTimestampsSince(state: TableState): EnabledSince | undefined {
  if (!usesInCommitTimestamps(state)) return undefined;
  const { configuration } = state.metaData;
  const version = configuration['delta.inCommitTimestampEnablementVersion'];
  const timestampMs = configuration['delta.inCommitTimestampEnablementTimestamp'];
  if (version === undefined || timestampMs === undefined) return { version: 0, timestampMs: -Infinity };
  return { version: Number(version), timestampMs: Number(timestampMs) };
}

/** In-commit timestamps increase, so a handful of entries is read however long the log is. */
async function searchInCommitTimestamps(
  store: ObjectStore,
  commits: readonly ListedCommit[],
  sinceVersion: number,
  timestampMs: number,
): Promise<number | undefined> {
  const candidates = commits.filter(({ version }) => version >= sinceVersion);
  let [low, high] = [0, candidates.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const candidate = candidates[middle];
    const isYounger = candidate && ((await inCommitTimestamp(store, candidate.version)) ?? Infinity) > timestampMs;
    if (isYounger) high = middle;
    else low = middle + 1;
  }
  return candidates[low - 1]?.version;
}

async function inCommitTimestamp(store: ObjectStore, version: number): Promise<number | undefined> {
  const entry = await readCommit(store, version);
  return entry && commitInfoOf(entry.actions)?.inCommitTimestamp;
}

async function timeOf(store: ObjectStore, { version, modifiedAtMs }: ListedCommit): Promise<string> {
  return new Date((await inCommitTimestamp(store, version)) ?? modifiedAtMs).toISOString();
}
