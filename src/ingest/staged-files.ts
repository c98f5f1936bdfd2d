import { randomUUID } from 'node:crypto';
import { BronzeError } from '../errors.ts';
import type { BatchPlan, LanePosition } from '../model/batch.ts';
import type { StagedFile, StagedFiles } from '../model/staged-file.ts';
import type { ObjectStore } from '../storage/object-store.ts';

const listFolder = '_staged/';

/** Puts the list into the table's folder, under a name that Delta readers pass over, and that says whose it is. */
export async function packStagedFiles(
  store: ObjectStore,
  { job, topic, epoch, batch }: Pick<BatchPlan, 'job' | 'topic' | 'epoch' | 'batch'>,
  files: readonly StagedFile[],
): Promise<StagedFiles> {
  if (files.length === 0) return { kind: 'none' };
  const path = `${folderOf({ job, topic })}${epoch}-${batch}-${randomUUID()}.json`;
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
  for await (const { path } of store.list(listFolder)) {
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
 * Removes the lists that no commit can need any more: those of epochs that the lane has left, which are fenced, and of
 * batches that are in the table. Call once the table, and the one of dead letters, are at the lane's epoch.
 */
export async function sweepStagedLists(
  store: ObjectStore,
  job: string,
  lane: Pick<LanePosition, 'topic' | 'epoch' | 'nextBatch'>,
): Promise<void> {
  const folder = folderOf({ job, topic: lane.topic });
  for await (const { path } of store.list(folder)) {
    const [, epoch, batch] = /^(\d+)-(\d+)-[^/]+\.json$/.exec(path.slice(folder.length)) ?? [];
    const isLeft = Number(epoch) < lane.epoch || (Number(epoch) === lane.epoch && Number(batch) < lane.nextBatch);
    if (isLeft) await store.delete(path);
  }
}

function folderOf({ job, topic }: { readonly job: string; readonly topic: string }): string {
  return `${listFolder}${job}/${topic}/`;
}

function isStagedFileList(value: unknown): value is readonly StagedFile[] {
  return (
    Array.isArray(value) && value.every((file: unknown) => typeof file === 'object' && file !== null && 'stats' in file)
  );
}
