import type { AddAction } from '../../delta/actions.ts';
import { actionPathOf } from '../../delta/data-file-path.ts';
import type { BatchPlan } from '../../model/batch/batch.ts';
import type { StagedFile, StagedFiles } from '../../model/batch/staged-file.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { unpackStagedFiles } from './staged-files.ts';

/** The files of all groups of a batch. */
export async function readStagedFiles(
  store: ObjectStore,
  staged: readonly StagedFiles[],
): Promise<readonly StagedFile[]> {
  return (await Promise.all(staged.map((files) => unpackStagedFiles(store, files)))).flat();
}

/** How many files there are, without reading lists. */
export function countOf(staged: readonly StagedFiles[]): number {
  return staged.reduce((sum, files) => sum + (files.kind === 'none' ? 0 : files.fileCount), 0);
}

/** PROTOCOL.md, Add File. */
export function addActionsOf(
  files: readonly StagedFile[],
  modificationTime: number,
): readonly { readonly add: AddAction }[] {
  return files.map(({ path, sizeBytes, partitionValues, stats }) => ({
    add: { path: actionPathOf(path), partitionValues, size: sizeBytes, modificationTime, dataChange: true, stats },
  }));
}

/** A batch that waited this long may have lost staged files to somebody's VACUUM, so they are looked for. */
const distrustAfterMs = 24 * 60 * 60 * 1000;

/** The first file of a batch that is not there any more; batches of today are trusted. */
export async function findMissingFile(
  store: ObjectStore,
  { plannedAtMs }: Pick<BatchPlan, 'plannedAtMs'>,
  files: readonly StagedFile[],
): Promise<string | undefined> {
  if (Date.now() - plannedAtMs <= distrustAfterMs) return undefined;
  for (const { path } of files) if ((await store.head(path)) === undefined) return path;
  return undefined;
}

/** Lists of staged files have served once the commit is in the log. */
export async function removeStagedLists(store: ObjectStore, staged: readonly StagedFiles[]): Promise<void> {
  for (const files of staged) if (files.kind === 'listed') await store.delete(files.path);
}
