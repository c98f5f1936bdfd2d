import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { commitPath } from '../../src/delta/log/log-path.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { collect } from './collect.ts';

/** Makes files of a table's log look as if they had been written then, but for those that are passed over. */
export async function ageLog(
  store: ObjectStore,
  writtenAt: Date,
  passOver: ReadonlySet<string> = new Set(),
): Promise<readonly string[]> {
  const paths = (await collect(store.list('_delta_log/')))
    .map(({ path }) => path)
    .filter((path) => !passOver.has(path));
  for (const path of paths) await utimes(join(store.root, path), writtenAt, writtenAt);
  return paths;
}

/** Makes the entry of a version look as if it had been written then. */
export async function setEntryWritten(store: ObjectStore, version: number, seconds: number): Promise<void> {
  await utimes(join(store.root, commitPath(version)), seconds, seconds);
}
