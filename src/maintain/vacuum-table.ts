import type { DeletionVectorDescriptor } from '../delta/actions.ts';
import { dataFilePath, locateDataFile, type FileReference } from '../delta/data-file-path.ts';
import { locateDeletionVector } from '../delta/deletion-vector/deletion-vector.ts';
import { assertWritable } from '../delta/table-features.ts';
import type { TableState } from '../delta/table-state.ts';
import { BronzeError } from '../errors.ts';
import type { TableHandle } from '../ingest/connections.ts';
import { orphanedOutputFiles } from '../ingest/outputs/orphaned-files.ts';
import { stagedFilePaths } from '../ingest/commit/staged-files.ts';
import type { ObjectEntry } from '../storage/object-store.ts';
import { deleteObjects, deletesAtATime } from './delete-objects.ts';
import { assertSafeRetention, retentionMsOf } from './retention.ts';

export interface VacuumRequest {
  readonly table: TableHandle;
  /** Default: the table's `delta.deletedFileRetentionDuration`, which is 7 days unless it says otherwise. */
  readonly retentionMs?: number | undefined;
  /** Take a retention below the table's. */
  readonly belowTableRetention?: boolean;
  readonly dryRun?: boolean;
  readonly signal: AbortSignal;
}

export interface VacuumOutcome {
  readonly listedFiles: number;
  readonly deletedFiles: number;
  readonly deletedBytes: number;
  readonly retentionMs: number;
  /** Writes that never ended; absent where the store does not show them. */
  readonly unfinishedWrites?: number;
  /** The first of what was, or would be, deleted. */
  readonly samplePaths: readonly string[];
}

const sampleSize = 20;

/**
 * Deletes what lies in the table's folder, is older than the retention, and belongs neither to the table nor to a
 * version that is younger than the retention, nor to a batch that is still to be committed. Folders that begin with `_`
 * or `.` are left alone, unless they are of a partition value; but for what attempts left of an output's parts and state.
 * @throws BronzeError USAGE for a retention that is not safe, TABLE_NOT_FOUND, TABLE_FEATURE_UNSUPPORTED.
 */
export async function vacuumTable(request: VacuumRequest): Promise<VacuumOutcome> {
  const { table, signal, dryRun = false } = request;
  const { store } = table;
  const state = await table.refresh();
  if (!state) throw new BronzeError('TABLE_NOT_FOUND', `there is no Delta table at ${store.root}`);
  assertWritable(state, store.root);
  const retentionMs = request.retentionMs ?? retentionMsOf(state);
  assertSafeRetention(state, retentionMs, request.belowTableRetention === true, store.root);

  const olderThanMs = Date.now() - retentionMs;
  const kept = await keptPaths(table, state, olderThanMs);
  let [listedFiles, deletedFiles, deletedBytes] = [0, 0, 0];
  const samplePaths: string[] = [];
  let found: ObjectEntry[] = [];
  const remove = async (): Promise<void> => {
    if (!dryRun) await deleteObjects(store, found, signal);
    found = [];
  };
  const take = async (entry: ObjectEntry): Promise<void> => {
    found.push(entry);
    deletedFiles++;
    deletedBytes += entry.sizeBytes;
    if (samplePaths.length < sampleSize) samplePaths.push(entry.path);
    if (found.length === deletesAtATime) await remove();
  };
  for await (const entry of store.list('')) {
    signal.throwIfAborted();
    if (!isDataPath(entry.path)) continue;
    listedFiles++;
    if (isOld(entry, olderThanMs) && !kept.has(entry.path)) await take(entry);
  }
  for await (const entry of orphanedOutputFiles(store, state, olderThanMs)) {
    listedFiles++;
    await take(entry);
  }
  await remove();
  const unfinishedWrites = await store.sweepUnfinished({ beganBeforeMs: olderThanMs, dryRun });
  const unfinished = unfinishedWrites === undefined ? {} : { unfinishedWrites };
  return { listedFiles, deletedFiles, deletedBytes, retentionMs, ...unfinished, samplePaths };
}

/** Files of the table, of versions that readers may still be at, and of batches that wait for their commit. */
async function keptPaths(table: TableHandle, state: TableState, olderThanMs: number): Promise<ReadonlySet<string>> {
  const { store } = table;
  // Before the log is read: a batch that commits in between is in one of the two.
  const kept = new Set(await stagedFilePaths(store));
  const keep = ({ path, deletionVector }: FileReference): void => {
    kept.add(dataFilePath(path, store.root));
    const vector = deletionVector && vectorFile(deletionVector, store.root);
    if (vector !== undefined) kept.add(vector);
  };
  const latest = (await table.refresh()) ?? state;
  for await (const file of table.files(latest, { deletionVectors: 'return' })) keep(file);
  for await (const file of table.removedFiles(latest)) {
    if ((file.deletionTimestamp ?? 0) >= olderThanMs) keep(file);
  }
  return kept;
}

function isOld({ modifiedAtMs }: ObjectEntry, olderThanMs: number): boolean {
  return modifiedAtMs < olderThanMs;
}

/** The file that a vector is in, one for the vectors of many data files; none where it is in the log, or elsewhere. */
function vectorFile(descriptor: DeletionVectorDescriptor, root: string): string | undefined {
  const location = locateDeletionVector(descriptor);
  if (location.kind === 'inline') return undefined;
  if (location.kind === 'relative') return location.path;
  const file = locateDataFile(location.uri, root);
  return file.kind === 'inside' ? file.path : undefined;
}

/** Spark names folders after partition columns, and those may begin with an underscore. */
function isDataPath(path: string): boolean {
  return path.split('/').every((name) => !/^[._]/.test(name) || (name.startsWith('_') && name.includes('=')));
}
