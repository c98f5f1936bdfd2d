import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LocalObjectStore } from '../../../src/storage/local-object-store.ts';
import { describeObjectStore } from '../../support/object-store-contract.ts';
import { collect } from '../../support/collect.ts';
import { withPlainDuckDB } from '../../support/plain-duckdb.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

describeObjectStore('a local folder', async () => new LocalObjectStore(join(await scratchFolder(), 'table')));

describe('LocalObjectStore', () => {
  it('leaves no temporary file behind, whatever the outcome', async () => {
    const root = await scratchFolder();
    const store = new LocalObjectStore(root);
    await store.putIfAbsent('log/1', Buffer.from('a'));
    await store.putIfAbsent('log/1', Buffer.from('b'));
    await store.put('log/2', Buffer.from('c'));
    expect(await readdir(join(root, 'log'))).toEqual(['1', '2']);
  });

  it('does not list what a crash between write and link left, and creates the object all the same', async () => {
    const root = await scratchFolder();
    await mkdir(join(root, 'log'));
    const left = '.1.0b54e8f8-30ae-4ab7-9b4b-8f2c9ad8a0a5.tmp';
    await writeFile(join(root, 'log', left), 'half an ent');
    const store = new LocalObjectStore(root);
    expect(await collect(store.list('log/'))).toEqual([]);
    expect(await store.putIfAbsent('log/1', Buffer.from('whole'))).toEqual({ kind: 'created' });
    expect(await readFile(join(root, 'log', '1'), 'utf8')).toBe('whole');
  });

  it('never replaces a file by putFile', async () => {
    const root = await scratchFolder();
    const store = new LocalObjectStore(root);
    await store.put('data/part', Buffer.from('committed'));
    const staged = join(await scratchFolder(), 'part');
    await writeFile(staged, 'other');
    await expect(store.putFile('data/part', staged)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    expect(await readFile(join(root, 'data/part'), 'utf8')).toBe('committed');
    expect(await readFile(staged, 'utf8')).toBe('other');
  });

  it('moves a file from another file system', async () => {
    const store = new LocalObjectStore(await scratchFolder());
    const file = `/dev/shm/kafka-bronze-test-${process.pid}.parquet`;
    await writeFile(file, 'rows');
    await store.putFile('data/part', file);
    expect(Buffer.from((await store.get('data/part')) ?? []).toString()).toBe('rows');
    await expect(readFile(file)).rejects.toThrow('ENOENT');
  });

  it.skipIf(process.getuid?.() === 0)('tells an outage from absence', async () => {
    const root = await scratchFolder();
    const store = new LocalObjectStore(root);
    await store.put('object', Buffer.from('x'));
    await chmod(join(root, 'object'), 0);
    await expect(store.get('object')).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });

  it('reports a root that cannot be written as an outage, with the path', async () => {
    const file = join(await scratchFolder(), 'file');
    await writeFile(file, '');
    const store = new LocalObjectStore(file);
    await expect(store.putIfAbsent('log/1', Buffer.from('x'))).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      message: expect.stringContaining(`${file}/log/1`) as string,
    });
  });

  it('gives DuckDB a URL of exactly one file, though its name looks like a pattern', async () => {
    const store = new LocalObjectStore(join(await scratchFolder(), 'lake [a?]'));
    await store.put('part*.csv', Buffer.from('n\n1\n'));
    await store.put('part-other.csv', Buffer.from('n\n2\n'));
    const url = store.readerUrl('part*.csv') ?? '';
    const rows = await withPlainDuckDB((connection) => connection.runAndReadAll('SELECT n FROM read_csv(?)', [url]));
    expect(rows.getRows()).toEqual([[1n]]);
  });
});
