import { BronzeError } from '../../errors.ts';
import type { ObjectEntry, ObjectStore } from '../../storage/object-store.ts';
import { readCheckpointHint } from '../checkpoint/last-checkpoint.ts';
import { CheckpointListing, type ListedCheckpoint } from './listed-checkpoint.ts';
import { classicCheckpointPath, commitPath, logFolder, parseLogPath, versionPrefix } from './log-path.ts';
import { piecesOf, type CompactedRange, type LogPiece } from './log-piece.ts';

/** The files that give a table's state at `version`: at most one checkpoint and every commit after it, without a gap. */
export interface LogSegment {
  readonly version: number;
  readonly checkpoint?: ListedCheckpoint;
  /** Ascending; the first follows the checkpoint, or begins with version 0. */
  readonly pieces: readonly LogPiece[];
}

export interface SegmentRequest {
  /** The newest version, unless given. */
  readonly atVersion?: number | undefined;
  /** Without them the log must reach back to its first entry. */
  readonly useCheckpoints?: boolean;
  /** Files of checkpoints that are passed over, because they cannot be read. */
  readonly except?: ReadonlySet<string>;
}

const none: ReadonlySet<string> = new Set();

/**
 * The segment of the newest version, or of `atVersion`; `undefined` when there is no table. Uses the newest checkpoint
 * that is not newer, and compacted files where there are any.
 * @throws BronzeError `TABLE_CORRUPT` naming the first missing entry, `TABLE_NOT_FOUND` when there is no `atVersion`
 * (any more).
 */
export async function listLogSegment(
  store: ObjectStore,
  { atVersion, useCheckpoints = true, except = none }: SegmentRequest = {},
): Promise<LogSegment | undefined> {
  const hint = useCheckpoints ? (await readCheckpointHint(store))?.version : undefined;
  const start = hint !== undefined && (atVersion === undefined || hint <= atVersion) ? hint : 0;
  const listed = await listVersions(store, { from: start, upTo: atVersion, except });
  // A hint is only a hint: without the checkpoint that it speaks of, the whole log is looked at.
  const isTrue = start === 0 || listed.checkpoints.some(({ version }) => version === start);
  const files = isTrue ? listed : await listVersions(store, { from: 0, upTo: atVersion, except });
  const checkpoint = useCheckpoints ? files.checkpoints.at(-1) : undefined;
  const first = checkpoint ? checkpoint.version + 1 : 0;
  const commitVersions = files.commits.filter((version) => version >= first);
  const version = commitVersions.at(-1) ?? checkpoint?.version;
  const missing = firstMissing(commitVersions, first, version ?? -1);
  if (missing !== undefined) {
    // A listing that runs while others commit may show an entry and not the one before it.
    if (await store.head(commitPath(missing))) return listLogSegment(store, { atVersion, useCheckpoints, except });
    if (atVersion !== undefined && wasCleanedUp(missing, files, except))
      throw noSuchVersion(store, atVersion, undefined);
    throw missingEntry(store, missing, files, useCheckpoints);
  }
  if (atVersion !== undefined && version !== atVersion) throw noSuchVersion(store, atVersion, version);
  if (version === undefined) {
    if (files.checkpoints.length + files.otherCheckpointVersions.length > 0)
      throw missingEntry(store, 0, files, useCheckpoints);
    return undefined;
  }
  return { version, pieces: piecesOf(commitVersions, files.compactions), ...(checkpoint ? { checkpoint } : {}) };
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
  /** Complete ones, ascending. */
  readonly checkpoints: readonly ListedCheckpoint[];
  /** Versions of checkpoints of which parts are missing. */
  readonly otherCheckpointVersions: readonly number[];
  readonly compactions: readonly CompactedRange[];
}

interface VersionRange extends Pick<Required<SegmentRequest>, 'except'> {
  readonly from: number;
  readonly upTo: number | undefined;
}

async function listVersions(
  store: ObjectStore,
  { from, upTo = Infinity, except }: VersionRange,
): Promise<ListedVersions> {
  const commits: number[] = [];
  const listing = new CheckpointListing();
  const named = new Set<number>();
  const compactions: CompactedRange[] = [];
  for await (const entry of entriesFrom(store, from)) {
    const file = parseLogPath(entry.path);
    if (file === undefined || file.kind === 'checksum') continue;
    if (file.kind === 'compaction') {
      if (file.endVersion <= upTo) compactions.push(file);
    } else if (file.version > upTo) continue;
    else if (file.kind === 'commit') commits.push(file.version);
    else if (!except.has(entry.path)) {
      listing.add(file, entry.path);
      named.add(file.version);
    }
  }
  const checkpoints = listing.all();
  const complete = new Set(checkpoints.map(({ version }) => version));
  const otherCheckpointVersions = [...named].filter((version) => !complete.has(version));
  return { commits, checkpoints, otherCheckpointVersions, compactions };
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

/** The beginning of the log is gone, and no checkpoint of these versions is damaged: a clean-up has come past them. */
function wasCleanedUp(missing: number, files: ListedVersions, except: ReadonlySet<string>): boolean {
  return missing === 0 && files.checkpoints.length + files.otherCheckpointVersions.length === 0 && except.size === 0;
}

function missingEntry(
  store: ObjectStore,
  version: number,
  { checkpoints, otherCheckpointVersions }: ListedVersions,
  useCheckpoints: boolean,
): BronzeError {
  const entry = `${store.root}/${commitPath(version)}`;
  const unread = useCheckpoints ? undefined : checkpoints.at(-1);
  if (unread && unread.version >= version) {
    return new BronzeError(
      'TABLE_FEATURE_UNSUPPORTED',
      `the log entry ${entry} was cleaned up, and reading ${unread.paths[0] ?? ''}, which stands for it, needs a Parquet reader`,
    );
  }
  const incomplete = otherCheckpointVersions.findLast((checkpoint) => checkpoint >= version);
  const reason =
    incomplete === undefined
      ? `no checkpoint (${store.root}/${classicCheckpointPath(version)} or newer) stands for it`
      : `parts are missing of the checkpoint of version ${incomplete} that could stand for it`;
  return new BronzeError('TABLE_CORRUPT', `the log entry ${entry} is missing, and ${reason}`);
}

function noSuchVersion(store: ObjectStore, version: number, newestUpToIt: number | undefined): BronzeError {
  const instead =
    newestUpToIt === undefined ? 'it was cleaned up, or there is no table' : `the newest is ${newestUpToIt}`;
  return new BronzeError('TABLE_NOT_FOUND', `${store.root} has no version ${version}: ${instead}`);
}
