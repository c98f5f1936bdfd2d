import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isTemporaryName } from './durable-file.ts';
import { assertObjectPath, comparePaths } from './object-path.ts';
import type { ObjectEntry } from './object-store.ts';
import { isAbsence, storageUnavailable } from './storage-errors.ts';

/**
 * The files below `root` whose path starts with `prefix` and sorts after `startAfter`, in order of path. Folders that
 * cannot hold such a path are not read, and a file is looked at only when its turn comes.
 */
export async function* listFolder(root: string, prefix: string, startAfter: string): AsyncIterable<ObjectEntry> {
  const base = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  if (base !== '') assertObjectPath(base.slice(0, -1));
  yield* walk(root, { folder: base, prefix, startAfter, isWanted: (name) => !isTemporaryName(name) });
}

/** Names of the folders directly below a folder of `root`, in order. */
export async function* listSubfolders(root: string, folder: string): AsyncIterable<string> {
  for (const path of await sortedNames(root, folder, () => false))
    if (path.endsWith('/')) yield path.slice(folder.length, -1);
}

/** Temporary files below `root`, in all folders, in order of path. */
export function listTemporaries(root: string): AsyncIterable<ObjectEntry> {
  return walk(root, { folder: '', prefix: '', startAfter: '', isWanted: isTemporaryName });
}

interface Walk {
  /** Empty, or ends with a slash. */
  readonly folder: string;
  readonly prefix: string;
  readonly startAfter: string;
  /** By the name of a file; folders are all looked into. */
  readonly isWanted: (name: string) => boolean;
}

async function* walk(root: string, options: Walk): AsyncIterable<ObjectEntry> {
  const { folder, prefix, startAfter, isWanted } = options;
  for (const path of await sortedNames(root, folder, isWanted)) {
    if (path.endsWith('/')) {
      if (mayHold(path, prefix) && mayFollow(path, startAfter)) yield* walk(root, { ...options, folder: path });
    } else if (path.startsWith(prefix) && comparePaths(path, startAfter) > 0) {
      const entry = await entryOf(root, path);
      if (entry) yield entry;
    }
  }
}

/** Paths of a folder's entries; those of folders end with a slash, which also gives them their place in the order. */
async function sortedNames(root: string, folder: string, isWanted: Walk['isWanted']): Promise<string[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(join(root, folder), { withFileTypes: true });
  } catch (error) {
    if (isAbsence(error)) return [];
    throw storageUnavailable('listing', join(root, folder), error);
  }
  return entries
    .filter((entry) => entry.isDirectory() || isWanted(entry.name))
    .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
    .sort(comparePaths);
}

function mayHold(folder: string, prefix: string): boolean {
  return folder.startsWith(prefix) || prefix.startsWith(folder);
}

function mayFollow(folder: string, startAfter: string): boolean {
  return startAfter.startsWith(folder) || comparePaths(folder, startAfter) > 0;
}

async function entryOf(root: string, path: string): Promise<ObjectEntry | undefined> {
  try {
    const stats = await stat(join(root, path));
    return stats.isFile() ? { path, sizeBytes: stats.size, modifiedAtMs: Math.floor(stats.mtimeMs) } : undefined;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw storageUnavailable('looking at', join(root, path), error);
  }
}
