import { randomUUID } from 'node:crypto';
import { BronzeError } from '../errors.ts';
import type { StagedFile, StagedFiles } from '../model/staged-file.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** Puts the list into the table's folder, under a name that Delta readers pass over. */
export async function packStagedFiles(store: ObjectStore, files: readonly StagedFile[]): Promise<StagedFiles> {
  if (files.length === 0) return { kind: 'none' };
  const path = `_staged/${randomUUID()}.json`;
  await store.put(path, Buffer.from(JSON.stringify(files)));
  return { kind: 'listed', path, fileCount: files.length };
}

/** Throws STAGED_FILE_MISSING where the list is gone, and INTERNAL where it is not what was written. */
export async function unpackStagedFiles(store: ObjectStore, staged: StagedFiles): Promise<readonly StagedFile[]> {
  if (staged.kind === 'none') return [];
  const bytes = await store.get(staged.path);
  if (!bytes) throw new BronzeError('STAGED_FILE_MISSING', `the list of staged files ${staged.path} is not there`);
  const files: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  if (!isStagedFileList(files) || files.length !== staged.fileCount) {
    throw new BronzeError('INTERNAL', `${staged.path} does not list ${staged.fileCount} staged files`);
  }
  return files;
}

function isStagedFileList(value: unknown): value is readonly StagedFile[] {
  return (
    Array.isArray(value) && value.every((file: unknown) => typeof file === 'object' && file !== null && 'stats' in file)
  );
}
