import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ObjectEntry, ObjectStore } from '../../src/storage/object-store.ts';
import { collect } from './collect.ts';
import { scratchFolder } from './scratch-folder.ts';

/** What every object store must do. `open` gives an empty store; the suite calls it once per test, inside of the test. */
export function describeObjectStore(name: string, open: () => Promise<ObjectStore>): void {
  describe(`${name} as an object store`, () => {
    it('reads back what was put, whole and byte for byte', async () => {
      const store = await open();
      const bytes = Uint8Array.from({ length: 256 * 1024 }, (_, index) => index % 251);
      await store.put('folder/object.bin', bytes);
      expect(bytesEqual(await store.get('folder/object.bin'), bytes)).toBe(true);
    });

    it('reads ranges, as far as the object reaches', async () => {
      const store = await open();
      await store.put('object', text('0123456789'));
      const range = async (start: number, end: number): Promise<string | undefined> => {
        const bytes = await store.getRange('object', { start, end });
        return bytes && Buffer.from(bytes).toString();
      };
      expect(await range(0, 1)).toBe('0');
      expect(await range(3, 7)).toBe('3456');
      expect(await range(8, 100)).toBe('89');
      expect(await range(10, 11)).toBe('');
      expect(await store.getRange('nowhere', { start: 0, end: 1 })).toBeUndefined();
    });

    it('takes over a file of many parts and gives it back, byte for byte', async () => {
      const store = await open();
      const folder = await scratchFolder();
      const content = randomBytes(20 * 1024 * 1024 + 13);
      await writeFile(join(folder, 'large'), content);
      await store.putFile('data/large', join(folder, 'large'));
      expect((await store.head('data/large'))?.sizeBytes).toBe(content.length);
      expect(await store.getFile('data/large', join(folder, 'copy'))).toBe(true);
      expect(content.equals(await readFile(join(folder, 'copy')))).toBe(true);
    });

    it('lists the folders of a folder', async () => {
      const store = await open();
      for (const path of ['file', 'b/1', 'b/c/d/2', 'a/3', 'b/c/4']) await store.put(path, text('x'));
      expect(await collect(store.listFolders(''))).toEqual(['a', 'b']);
      expect(await collect(store.listFolders('b/'))).toEqual(['c']);
      expect(await collect(store.listFolders('b/c/d/'))).toEqual([]);
      expect(await collect(store.listFolders('nowhere/'))).toEqual([]);
    });

    it('answers absence with undefined', async () => {
      const store = await open();
      await store.put('folder/there', text('x'));
      for (const path of ['nowhere', 'folder/nowhere', 'folder', 'folder/there/below']) {
        expect(await store.get(path)).toBeUndefined();
        expect(await store.head(path)).toBeUndefined();
      }
    });

    it('replaces an object by put', async () => {
      const store = await open();
      await store.put('object', text('first, and longer'));
      await store.put('object', text('second'));
      expect(await read(store, 'object')).toBe('second');
    });

    it('creates an object once', async () => {
      const store = await open();
      expect(await store.putIfAbsent('a/b/c.json', text('first'))).toEqual({ kind: 'created' });
      expect(await store.putIfAbsent('a/b/c.json', text('second'))).toEqual({ kind: 'exists' });
      expect(await read(store, 'a/b/c.json')).toBe('first');
    });

    it('gives one winner among concurrent creators, and everybody reads what it wrote', async () => {
      const store = await open();
      const contents = Array.from({ length: 32 }, (_, writer) => `writer ${writer} `.repeat(1000));
      const outcomes = await Promise.all(contents.map((content) => store.putIfAbsent('contended', text(content))));
      const winners = contents.filter((_, writer) => outcomes[writer]?.kind === 'created');
      expect(winners).toHaveLength(1);
      expect(outcomes.filter(({ kind }) => kind === 'exists')).toHaveLength(31);
      expect(await read(store, 'contended')).toBe(winners[0]);
    });

    it('takes over a local file', async () => {
      const store = await open();
      const file = join(await scratchFolder(), 'staged.parquet');
      await writeFile(file, 'rows');
      await store.putFile('data/x/part-0.parquet', file);
      expect(await read(store, 'data/x/part-0.parquet')).toBe('rows');
      await expect(writeFile(file, 'gone', { flag: 'r+' })).rejects.toThrow('ENOENT');
    });

    it('copies an object into a local file, and says when there is none', async () => {
      const store = await open();
      const folder = await scratchFolder();
      await store.put('data/part-0.parquet', text('rows'));
      expect(await store.getFile('data/part-0.parquet', join(folder, 'copy'))).toBe(true);
      expect(await readFile(join(folder, 'copy'), 'utf8')).toBe('rows');
      for (const path of ['nowhere', 'data', 'data/part-0.parquet/below']) {
        expect(await store.getFile(path, join(folder, 'none'))).toBe(false);
      }
    });

    it('tells size and time of an object', async () => {
      const store = await open();
      await store.put('object', text('12345'));
      const entry = await store.head('object');
      expect(entry).toMatchObject({ path: 'object', sizeBytes: 5 });
      expect(Math.abs(Date.now() - (entry?.modifiedAtMs ?? 0))).toBeLessThan(60_000);
    });

    it('deletes, and takes the absence of what it deletes for done', async () => {
      const store = await open();
      await store.put('object', text('x'));
      await store.delete('object');
      await store.delete('object');
      expect(await store.get('object')).toBeUndefined();
    });

    it('lists in the order of UTF-8 bytes, across folders', async () => {
      const store = await open();
      const paths = ['a!', 'a-b/c', 'a/b', 'a/b.c', 'a0', 'b/1/2', 'b/10', 'b/2', 'é', '\uffee', '😀'];
      await Promise.all(paths.map((path) => store.put(path, text(path))));
      const expected = paths.toSorted((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));
      expect(await listPaths(store, '')).toEqual(expected);
    });

    it('lists by prefix and after a path', async () => {
      const store = await open();
      const paths = ['_log/001.json', '_log/002.json', '_log/002.parquet', '_log/003.json', '_logs/9', 'data/x'];
      await Promise.all(paths.map((path) => store.put(path, text('12'))));
      expect(await listPaths(store, '_log/')).toEqual(paths.slice(0, 4));
      expect(await listPaths(store, '_log')).toEqual(paths.slice(0, 5));
      expect(await listPaths(store, '_log/00', '_log/002.json')).toEqual(paths.slice(2, 4));
      expect(await listPaths(store, '_log/002')).toEqual(paths.slice(1, 3));
      expect(await listPaths(store, '', '_log/003.json')).toEqual(paths.slice(4));
      expect(await listPaths(store, '', '_log/002.json')).toEqual(paths.slice(2));
      expect(await listPaths(store, 'nowhere/')).toEqual([]);
      for await (const entry of store.list('data/')) expect(entry.sizeBytes).toBe(2);
    });

    it('refuses paths that lead out of its root', async () => {
      const store = await open();
      for (const path of ['../outside', 'a/../../outside', '/etc/passwd', '', 'a//b', './a', 'a/', 'nul\0']) {
        await expect(store.get(path)).rejects.toMatchObject({ code: 'TABLE_CORRUPT' });
        await expect(store.put(path, text('x'))).rejects.toMatchObject({ code: 'TABLE_CORRUPT' });
        await expect(store.putIfAbsent(path, text('x'))).rejects.toMatchObject({ code: 'TABLE_CORRUPT' });
        await expect(store.delete(path)).rejects.toMatchObject({ code: 'TABLE_CORRUPT' });
      }
      await expect(listPaths(store, '../')).rejects.toMatchObject({ code: 'TABLE_CORRUPT' });
    });
  });
}

function text(content: string): Uint8Array {
  return Buffer.from(content);
}

async function read(store: ObjectStore, path: string): Promise<string> {
  return Buffer.from((await store.get(path)) ?? []).toString('utf8');
}

async function listPaths(store: ObjectStore, prefix: string, startAfter?: string): Promise<string[]> {
  const entries: ObjectEntry[] = [];
  for await (const entry of store.list(prefix, startAfter)) entries.push(entry);
  return entries.map(({ path }) => path);
}

function bytesEqual(left: Uint8Array | undefined, right: Uint8Array): boolean {
  return left !== undefined && Buffer.compare(left, right) === 0;
}
