import { randomUUID } from 'node:crypto';
import { BronzeError } from '../../errors.ts';
import type { BatchPlan, LanePosition } from '../../model/batch/batch.ts';
import type { StagedFile, StagedFiles } from '../../model/batch/staged-file.ts';
import type { ObjectStore } from '../../storage/object-store.ts';

/** What waits for its commit: lists of files, and parts of outputs. */
export const stagedFolder = '_staged/';

type BatchIdentity = Pick<BatchPlan, 'job' | 'topic' | 'epoch' | 'batch'>;

/** A name that says which batch of which lane a file is of, in a folder that Delta readers pass over. */
export function stagedPath(
  folder: string,
  { job, topic, epoch, batch }: BatchIdentity,
  extension: 'json' | 'parquet',
): string {
  return `${folder}${job}/${topic}/${String(epoch)}-${String(batch)}-${randomUUID()}.${extension}`;
}

/** Puts the list into the table's folder, under a name that Delta readers pass over, and that says whose it is. */
export async function packStagedFiles(
  store: ObjectStore,
  batch: BatchIdentity,
  files: readonly StagedFile[],
): Promise<StagedFiles> {
  if (files.length === 0) return { kind: 'none' };
  const path = stagedPath(stagedFolder, batch, 'json');
  await store.put(path, Buffer.from(JSON.stringify(files)));
  return { kind: 'listed', path, fileCount: files.length };
}

/** Throws STAGED_FILE_MISSING where the list is gone, and INTERNAL where it is not what was written. */
export async function unpackStagedFiles(store: ObjectStore, staged: StagedFiles): Promise<readonly StagedFile[]> {
  if (staged.kind === 'none') return [];
  const bytes = await store.get(staged.path);
  if (!bytes) throw new BronzeError('STAGED_FILE_MISSING', `the list of staged files ${staged.path} is not there`);
  const files = parseList(bytes, staged.path);
  if (files.length === staged.fileCount) return files;
  throw new BronzeError('INTERNAL', `${staged.path} does not list ${staged.fileCount} staged files`);
}

/** The files of all lists that are there: those of batches that wait for their commit, and of some that were given up. */
export async function stagedFilePaths(store: ObjectStore): Promise<readonly string[]> {
  const paths: string[] = [];
  for await (const { path } of store.list(stagedFolder)) {
    if (!path.endsWith('.json')) continue;
    const bytes = await store.get(path);
    if (bytes) paths.push(...parseList(bytes, path).map((file) => file.path));
  }
  return paths;
}

function parseList(bytes: Uint8Array, path: string): readonly StagedFile[] {
  const files: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  if (isStagedFileList(files)) return files;
  throw new BronzeError('INTERNAL', `${path} is no list of staged files`);
}

/**
 * Removes the files that no commit can need any more: those of epochs that the lane has left, which are fenced, and of
 * batches that are in the table. Call once the table, and the one of dead letters, are at the lane's epoch.
 */
export async function sweepStagedFiles(
  store: ObjectStore,
  job: string,
  lane: Pick<LanePosition, 'topic' | 'epoch' | 'nextBatch'>,
  { folder = stagedFolder, isKept = () => false }: { folder?: string; isKept?: (path: string) => boolean } = {},
): Promise<void> {
  for await (const { path } of store.list(`${folder}${job}/${lane.topic}/`)) {
    const batch = batchOfStaged(folder, path);
    if (batch && isLeftBehind(batch, lane) && !isKept(path)) await store.delete(path);
  }
}

/** The batch that a file's name tells; `undefined` for names that are not of `stagedPath`. */
export function batchOfStaged(folder: string, path: string): BatchIdentity | undefined {
  const name = /^([^/]+)\/([^/]+)\/(\d+)-(\d+)-[^/]+\.(?:json|parquet)$/.exec(path.slice(folder.length));
  const [, job, topic, epoch, batch] = name ?? [];
  if (job === undefined || topic === undefined) return undefined;
  return { job, topic, epoch: Number(epoch), batch: Number(batch) };
}

/** Is it of an epoch that the lane has left, or of a batch that the table has? No commit can name such a file any more. */
export function isLeftBehind(
  { epoch, batch }: Pick<BatchIdentity, 'epoch' | 'batch'>,
  lane: Pick<LanePosition, 'epoch' | 'nextBatch'>,
): boolean {
  return epoch < lane.epoch || (epoch === lane.epoch && batch < lane.nextBatch);
}

function isStagedFileList(value: unknown): value is readonly StagedFile[] {
  return (
    Array.isArray(value) && value.every((file: unknown) => typeof file === 'object' && file !== null && 'stats' in file)
  );
}
