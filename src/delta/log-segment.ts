import { BronzeError } from '../errors.ts';
import type { ObjectEntry, ObjectStore } from '../storage/object-store.ts';
import {
  classicCheckpointPath,
  commitPath,
  lastCheckpointPath,
  logFolder,
  parseLogPath,
  versionPrefix,
} from './log-path.ts';

/** The files that give a table's state at `version`: at most one checkpoint and every commit after it, without a gap. */
export interface LogSegment {
  readonly version: number;
  readonly checkpointVersion?: number;
  /** Ascending; the first follows the checkpoint, or is version 0. */
  readonly commitVersions: readonly number[];
}

/**
 * The segment of the newest version, or of `atVersion`; `undefined` when there is no table. Uses the newest classic
 * checkpoint that is not newer.
 * @throws BronzeError `TABLE_CORRUPT` naming the first missing entry, `TABLE_FEATURE_UNSUPPORTED` when only a
 * checkpoint of another form could stand for it, `TABLE_NOT_FOUND` when there is no `atVersion` (any more).
 */
export async function listLogSegment(store: ObjectStore, atVersion?: number): Promise<LogSegment | undefined> {
  const hint = await readCheckpointHint(store);
  const start = hint !== undefined && (atVersion === undefined || hint <= atVersion) ? hint : 0;
  const listed = await listVersions(store, start, atVersion);
  // A hint is only a hint: without the checkpoint that it speaks of, the whole log is looked at.
  const files = start > 0 && !listed.checkpoints.includes(start) ? await listVersions(store, 0, atVersion) : listed;
  const checkpointVersion = files.checkpoints.at(-1);
  const first = checkpointVersion === undefined ? 0 : checkpointVersion + 1;
  const commitVersions = files.commits.filter((version) => version >= first);
  const version = commitVersions.at(-1) ?? checkpointVersion;
  const missing = firstMissing(commitVersions, first, version ?? Math.max(-1, ...files.otherCheckpoints));
  if (missing !== undefined) {
    // A listing that runs while others commit may show an entry and not the one before it.
    if (await store.head(commitPath(missing))) return listLogSegment(store, atVersion);
    throw missingEntry(store, missing, files.otherCheckpoints);
  }
  if (atVersion !== undefined && version !== atVersion) throw noSuchVersion(store, atVersion, version);
  if (version === undefined) return undefined;
  return { version, commitVersions, ...(checkpointVersion === undefined ? {} : { checkpointVersion }) };
}

/** The log's commits in ascending order, as far as they were not cleaned up. */
export async function listCommits(store: ObjectStore): Promise<ListedCommit[]> {
  const commits: ListedCommit[] = [];
  for await (const entry of store.list(logFolder)) {
    const file = parseLogPath(entry.path);
    if (file?.kind === 'commit') commits.push({ version: file.version, modifiedAtMs: entry.modifiedAtMs });
  }
  return commits;
}

export interface ListedCommit {
  readonly version: number;
  readonly modifiedAtMs: number;
}

interface ListedVersions {
  readonly commits: readonly number[];
  /** Classic checkpoints, ascending. */
  readonly checkpoints: readonly number[];
  /** Multi-part and UUID-named checkpoints, which are not read. */
  readonly otherCheckpoints: readonly number[];
}

async function listVersions(store: ObjectStore, from: number, upTo = Infinity): Promise<ListedVersions> {
  const commits: number[] = [];
  const checkpoints: number[] = [];
  const otherCheckpoints: number[] = [];
  for await (const entry of entriesFrom(store, from)) {
    const file = parseLogPath(entry.path);
    if (file === undefined || file.kind === 'compaction' || file.kind === 'checksum' || file.version > upTo) continue;
    if (file.kind === 'commit') commits.push(file.version);
    else if (file.kind === 'classicCheckpoint') checkpoints.push(file.version);
    else otherCheckpoints.push(file.version);
  }
  return { commits, checkpoints, otherCheckpoints };
}

function entriesFrom(store: ObjectStore, version: number): AsyncIterable<ObjectEntry> {
  return version === 0 ? store.list(logFolder) : store.list(logFolder, versionPrefix(version));
}

/** The first version of [first, last] that has no commit. */
function firstMissing(commitVersions: readonly number[], first: number, last: number): number | undefined {
  for (let index = 0; first + index <= last; index += 1) {
    if (commitVersions[index] !== first + index) return first + index;
  }
  return undefined;
}

function missingEntry(store: ObjectStore, version: number, otherCheckpoints: readonly number[]): BronzeError {
  const entry = `${store.root}/${commitPath(version)}`;
  const other = otherCheckpoints.findLast((checkpoint) => checkpoint >= version);
  if (other === undefined) {
    const checkpoint = `${store.root}/${classicCheckpointPath(version)}`;
    return new BronzeError(
      'TABLE_CORRUPT',
      `the log entry ${entry} is missing, and no checkpoint (${checkpoint} or newer) stands for it`,
    );
  }
  return new BronzeError(
    'TABLE_FEATURE_UNSUPPORTED',
    `the log entry ${entry} was cleaned up, and the checkpoint of version ${other} that stands for it is a multi-part or V2 one (v2Checkpoint), which is not supported`,
  );
}

function noSuchVersion(store: ObjectStore, version: number, newestUpToIt: number | undefined): BronzeError {
  const instead =
    newestUpToIt === undefined ? 'it was cleaned up, or there is no table' : `the newest is ${newestUpToIt}`;
  return new BronzeError('TABLE_NOT_FOUND', `${store.root} has no version ${version}: ${instead}`);
}

/** The version in `_last_checkpoint`, if it can be read and says one. */
async function readCheckpointHint(store: ObjectStore): Promise<number | undefined> {
  const bytes = await store.get(lastCheckpointPath);
  if (!bytes) return undefined;
  try {
    const hint: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    const version = typeof hint === 'object' && hint !== null && 'version' in hint ? hint.version : undefined;
    return typeof version === 'number' && Number.isSafeInteger(version) && version >= 0 ? version : undefined;
  } catch {
    return undefined;
  }
}
