import { referencedSidecars } from '../delta/checkpoint/referenced-sidecars.ts';
import type { CheckpointSource } from '../delta/checkpoint/read-checkpoint.ts';
import { isWholeCheckpoint } from '../delta/checkpoint/whole-checkpoint.ts';
import { increasing } from '../delta/log/history.ts';
import { CheckpointListing, type ListedCheckpoint } from '../delta/log/listed-checkpoint.ts';
import { logFolder, parseLogPath, sidecarPath, type LogPath } from '../delta/log/log-path.ts';
import type { TableState } from '../delta/table-state.ts';
import { newestCommitUpTo } from '../delta/log/version-at-timestamp.ts';
import { BronzeError } from '../errors.ts';
import type { ObjectEntry } from '../storage/object-store.ts';
import { logRetentionMsOf } from './retention.ts';

/** What log clean-up would remove. */
export interface LogCleanupPlan {
  /** The log begins with this version, of which there is a checkpoint; `undefined` where nothing goes. */
  readonly firstKept: number | undefined;
  /** Versions of the entries that go, ascending. */
  readonly commits: readonly number[];
  /** All files that go, in the order in which they do: what older versions need goes first. */
  readonly files: readonly ObjectEntry[];
}

const dayMs = 86_400_000;

/**
 * PROTOCOL.md, Metadata Cleanup: what lies before the newest checkpoint that is not newer than the newest commit of before
 * midnight (UTC) of the last day of `delta.logRetentionDuration`. A checkpoint that cannot be read stands for nothing, so
 * an older one is looked for.
 * @throws BronzeError `TABLE_FEATURE_UNSUPPORTED` for a retention that we do not understand.
 */
export async function planLogCleanup(
  source: Omit<CheckpointSource, 'checkpoint'>,
  state: TableState,
  nowMs: number,
): Promise<LogCleanupPlan> {
  const { store } = source;
  const log = await listLog(source);
  const commits = log.flatMap(({ file, entry }) => {
    return file.kind === 'commit' ? [{ version: file.version, modifiedAtMs: entry.modifiedAtMs }] : [];
  });
  const cutOffMs = midnightOf(nowMs - logRetentionMsOf(state));
  const cutOff = await newestCommitUpTo(store, state, increasing(commits), cutOffMs);
  const checkpoint = cutOff === undefined ? undefined : await newestWhole(source, log, cutOff);
  if (!checkpoint) return { firstKept: undefined, commits: [], files: [] };
  const firstKept = checkpoint.version;
  const expired = log.filter(({ file }) => isBefore(file, firstKept));
  if (expired.length === 0) return { firstKept: undefined, commits: [], files: [] };
  const kept = log.filter(({ file }) => !isBefore(file, firstKept));
  return {
    firstKept,
    commits: expired.flatMap(({ file }) => (file.kind === 'commit' ? [file.version] : [])),
    files: [...expired.map(({ entry }) => entry), ...(await expiredSidecars(source, kept, midnightOf(nowMs) - dayMs))],
  };
}

interface LogFile {
  readonly file: LogPath;
  readonly entry: ObjectEntry;
}

async function listLog({ store }: Pick<CheckpointSource, 'store'>): Promise<LogFile[]> {
  const log: LogFile[] = [];
  for await (const entry of store.list(logFolder)) {
    const file = parseLogPath(entry.path);
    if (file) log.push({ file, entry });
  }
  return log;
}

async function newestWhole(
  source: Omit<CheckpointSource, 'checkpoint'>,
  log: readonly LogFile[],
  upTo: number,
): Promise<ListedCheckpoint | undefined> {
  const listing = new CheckpointListing();
  for (const { file, entry } of log) listing.add(file, entry.path);
  for (const checkpoint of listing.all().toReversed()) {
    if (checkpoint.version <= upTo && (await isWholeCheckpoint({ ...source, checkpoint }))) return checkpoint;
  }
  return undefined;
}

/** A compacted file that reaches over the first version that is kept stands for entries that are gone. */
function isBefore(file: LogPath, firstKept: number): boolean {
  return file.kind === 'compaction' ? file.startVersion <= firstKept : file.version < firstKept;
}

/**
 * Sidecars that no kept checkpoint names. Those of the last day may be of a checkpoint that is still being written; and
 * where one cannot be read, nobody knows what it names.
 */
async function expiredSidecars(
  source: Omit<CheckpointSource, 'checkpoint'>,
  kept: readonly LogFile[],
  olderThanMs: number,
): Promise<readonly ObjectEntry[]> {
  const old: ObjectEntry[] = [];
  for await (const entry of source.store.list(sidecarPath(''))) {
    if (entry.modifiedAtMs < olderThanMs) old.push(entry);
  }
  if (old.length === 0) return [];
  const checkpoints = kept.flatMap(({ file, entry }): ListedCheckpoint[] => {
    if (!('version' in file) || file.kind === 'commit' || file.kind === 'checksum') return [];
    const format = file.kind === 'uuidCheckpoint' ? file.format : 'parquet';
    return [{ version: file.version, format, paths: [entry.path] }];
  });
  try {
    const named = await referencedSidecars(source, checkpoints);
    return old.filter(({ path }) => !named.has(path));
  } catch (error) {
    if (error instanceof BronzeError && error.code === 'TABLE_CORRUPT') return [];
    throw error;
  }
}

function midnightOf(timeMs: number): number {
  return timeMs - (timeMs % dayMs);
}
