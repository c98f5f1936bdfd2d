import { constants, copyFile, open, readFile, stat, unlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { bringBeside, linkIfAbsent, removeQuietly, replace, writeTemporary } from './durable-file.ts';
import { listFolder, listSubfolders, listTemporaries } from './list-folder.ts';
import { assertObjectPath } from './object-path.ts';
import type { ByteRange, ObjectEntry, ObjectStore, PutIfAbsentOutcome, UnfinishedSweep } from './object-store.ts';
import { isAbsence, storageUnavailable } from './storage-errors.ts';

/**
 * A folder of the local file system. Creation is a hard link to a finished temporary file: atomic, durable, and it
 * fails when the name is taken, on every POSIX file system and between processes.
 */
export class LocalObjectStore implements ObjectStore {
  readonly root: string;

  constructor(folder: string) {
    this.root = resolve(folder);
  }

  async get(path: string): Promise<Uint8Array | undefined> {
    const file = this.#file(path);
    try {
      return await readFile(file);
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw storageUnavailable('reading', file, error);
    }
  }

  async getRange(path: string, { start, end }: ByteRange): Promise<Uint8Array | undefined> {
    const file = this.#file(path);
    try {
      await using handle = await open(file, 'r');
      const bytes = Buffer.alloc(end - start);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
      return bytes.subarray(0, bytesRead);
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw storageUnavailable('reading', file, error);
    }
  }

  async putIfAbsent(path: string, bytes: Uint8Array): Promise<PutIfAbsentOutcome> {
    const file = this.#file(path);
    const temporary = await this.#attempt('writing', file, () => writeTemporary(file, bytes));
    try {
      return (await linkIfAbsent(temporary, file)) ? { kind: 'created' } : { kind: 'exists' };
    } catch (cause) {
      return { kind: 'unknown', cause };
    } finally {
      await removeQuietly(temporary);
    }
  }

  async put(path: string, bytes: Uint8Array): Promise<void> {
    const file = this.#file(path);
    await this.#attempt('writing', file, async () => {
      const temporary = await writeTemporary(file, bytes);
      try {
        await replace(temporary, file);
      } catch (error) {
        await removeQuietly(temporary);
        throw error;
      }
    });
  }

  async putFile(path: string, localFile: string): Promise<void> {
    const file = this.#file(path);
    await this.#attempt('writing', file, async () => {
      const temporary = await bringBeside(localFile, file);
      try {
        if (!(await linkIfAbsent(temporary, file))) throw new Error('a file of that name exists');
      } finally {
        await removeQuietly(temporary);
      }
      await unlink(localFile);
    });
  }

  async getFile(path: string, localFile: string): Promise<boolean> {
    const file = this.#file(path);
    try {
      await copyFile(file, localFile, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      return true;
    } catch (error) {
      if (isAbsence(error) && (await this.head(path)) === undefined) return false;
      throw storageUnavailable('copying', file, error);
    }
  }

  list(prefix: string, startAfter?: string): AsyncIterable<ObjectEntry> {
    return listFolder(this.root, prefix, startAfter ?? '');
  }

  listFolders(folder: string): AsyncIterable<string> {
    if (folder !== '') assertObjectPath(folder.slice(0, -1));
    return listSubfolders(this.root, folder);
  }

  async head(path: string): Promise<ObjectEntry | undefined> {
    const file = this.#file(path);
    try {
      const stats = await stat(file);
      return stats.isFile() ? { path, sizeBytes: stats.size, modifiedAtMs: Math.floor(stats.mtimeMs) } : undefined;
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw storageUnavailable('looking for', file, error);
    }
  }

  async delete(path: string): Promise<void> {
    const file = this.#file(path);
    try {
      await unlink(file);
    } catch (error) {
      if (!isAbsence(error)) throw storageUnavailable('deleting', file, error);
    }
  }

  async sweepUnfinished({ beganBeforeMs, dryRun }: UnfinishedSweep): Promise<number> {
    let count = 0;
    for await (const { path, modifiedAtMs } of listTemporaries(this.root)) {
      if (modifiedAtMs >= beganBeforeMs) continue;
      if (!dryRun) await this.delete(path);
      count += 1;
    }
    return count;
  }

  /** DuckDB takes `*`, `?` and `[` in a path for a pattern, so each is wrapped into a class that matches itself alone. */
  readerUrl(path: string): string | undefined {
    return this.#file(path).replace(/[*?[]/g, '[$&]');
  }

  #file(path: string): string {
    assertObjectPath(path);
    return join(this.root, path);
  }

  async #attempt<T>(doing: string, file: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw storageUnavailable(doing, file, error);
    }
  }
}
