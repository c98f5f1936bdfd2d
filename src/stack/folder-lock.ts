import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BronzeError } from '../errors.ts';
import { waitUntil } from './wait-until.ts';

/** Keeps the databases of held locks from being collected, which would release them. */
const held = new Set<DatabaseSync>();

/**
 * Runs `work` while no other process (and nobody else in this one) holds the lock of `folder`. The lock is SQLite's
 * own on an otherwise empty database: the operating system releases it when its holder dies, so none is ever stale.
 */
export async function withFolderLock<T>(
  folder: string,
  timeoutMs: number,
  onWaiting: () => void,
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(folder, { recursive: true });
  const lockFile = join(folder, 'lock.sqlite');
  const database = new DatabaseSync(lockFile);
  held.add(database);
  try {
    if (!tryLock(database)) {
      onWaiting();
      const locked = await waitUntil(() => tryLock(database), { timeoutMs, intervalMs: 100 });
      if (!locked) {
        throw new BronzeError(
          'SERVER_NOT_READY',
          `Another process has held ${lockFile} for more than ${timeoutMs / 1000} s; end it, then try again.`,
        );
      }
    }
    return await work();
  } finally {
    held.delete(database);
    database.close();
  }
}

function tryLock(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (error instanceof Error && error.message.includes('locked')) return false;
    throw error;
  }
}
