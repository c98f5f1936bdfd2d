import { describe, expect, it } from 'vitest';
import { loadTableState } from '../../../src/delta/load-table-state.ts';
import { LocalObjectStore } from '../../../src/storage/local-object-store.ts';
import type { ObjectStore } from '../../../src/storage/object-store.ts';
import { addOf, commitActions, createTable, smallSchema, writeRawEntry } from '../../support/delta-table.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

/** Counts what a store is asked. */
function counted(store: ObjectStore): { readonly store: ObjectStore; readonly calls: { gets: number; lists: number } } {
  const calls = { gets: 0, lists: 0 };
  const proxy = new Proxy(store, {
    get(target, name) {
      if (name === 'get') calls.gets += 1;
      if (name === 'list') calls.lists += 1;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return { store: proxy, calls };
}

describe('loadTableState', () => {
  it('answers undefined where there is no table', async () => {
    const store = new LocalObjectStore(await scratchFolder());
    expect(await loadTableState(store)).toBeUndefined();
    await store.put('_delta_log/notes.txt', Buffer.from('x'));
    expect(await loadTableState(store)).toBeUndefined();
  });

  it('gives schema, partition columns and the latest version of each transaction identifier', async () => {
    const store = new LocalObjectStore(await scratchFolder());
    const created = await createTable(store);
    const between = await commitActions(store, created, [
      { txn: { appId: 'a', version: '1' } },
      { txn: { appId: 'b', version: '5' } },
    ]);
    await commitActions(store, between, [{ txn: { appId: 'a', version: '2' } }]);
    const loaded = await loadTableState(store);
    expect(loaded).toMatchObject({ version: 2, schema: smallSchema, partitionColumns: [] });
    expect(Object.fromEntries(loaded?.txns ?? [])).toEqual({ a: '2', b: '5' });
    expect(Math.abs(Date.now() - (loaded?.lastCommitTimestampMs ?? 0))).toBeLessThan(60_000);
  });

  it('reads on from an earlier state without listing, with two reads when nothing is new', async () => {
    const local = new LocalObjectStore(await scratchFolder());
    let state = await createTable(local);
    for (let commit = 0; commit < 20; commit += 1)
      state = await commitActions(local, state, [{ add: addOf(`${commit}`) }]);
    const { store, calls } = counted(local);
    expect(await loadTableState(store, { previous: state })).toBe(state);
    expect(calls).toEqual({ gets: 2, lists: 0 });
    await commitActions(local, state, [{ txn: { appId: 'a', version: '1' } }]);
    expect(await loadTableState(store, { previous: state })).toEqual(await loadTableState(local));
    expect(calls).toEqual({ gets: 5, lists: 0 });
  });

  it('starts over when the table was deleted and made anew', async () => {
    const store = new LocalObjectStore(await scratchFolder());
    const previous = await commitActions(store, await createTable(store), [{ txn: { appId: 'a', version: '9' } }]);
    for await (const { path } of store.list('')) await store.delete(path);
    expect(await loadTableState(store, { previous })).toBeUndefined();
    await commitActions(store, await createTable(store), [{ add: addOf('x') }]);
    const loaded = await loadTableState(store, { previous });
    expect(loaded?.metaData.id).not.toBe(previous.metaData.id);
    expect(loaded?.txns.size).toBe(0);
  });

  it('travels to an older version, and says when there is none of that number', async () => {
    const store = new LocalObjectStore(await scratchFolder());
    let state = await createTable(store);
    for (const version of ['1', '2', '3'] as const) {
      state = await commitActions(store, state, [{ txn: { appId: 'a', version } }]);
    }
    expect((await loadTableState(store, { version: 2 }))?.txns.get('a')).toBe('2');
    expect((await loadTableState(store, { version: 0, previous: state }))?.txns.size).toBe(0);
    await expect(loadTableState(store, { version: 4 })).rejects.toMatchObject({
      code: 'TABLE_NOT_FOUND',
      message: expect.stringMatching(/no version 4.*newest is 3/) as string,
    });
  });

  it('ignores unknown actions, unknown fields, empty lines and foreign files in the log', async () => {
    const store = new LocalObjectStore(await scratchFolder());
    await createTable(store);
    await writeRawEntry(store, 1, [
      { commitInfo: { timestamp: 5, operation: 'WRITE', operationParameters: { mode: 'Append', x: [1] }, new: {} } },
      { cdc: { path: 'x', partitionValues: {}, size: 1, dataChange: false } },
      { surprise: { a: 1 } },
      { add: null, txn: { appId: 'a', version: 3, lastUpdated: null, later: true } },
    ]);
    await store.put('_delta_log/00000000000000000001.crc', Buffer.from('{}'));
    await store.put('_delta_log/00000000000000000000.00000000000000000001.compacted.json.tmp', Buffer.from('{}'));
    await store.put('_delta_log/.hidden', Buffer.from(''));
    const state = await loadTableState(store);
    expect(state).toMatchObject({ version: 1, lastCommitTimestampMs: 5 });
    expect(state?.txns.get('a')).toBe('3');
  });

  it('names file and line of what it cannot read', async () => {
    const store = new LocalObjectStore(await scratchFolder());
    await createTable(store);
    await writeRawEntry(store, 1, [{ commitInfo: {} }, { add: { path: 'x', size: 'large' } }]);
    await expect(loadTableState(store)).rejects.toMatchObject({
      code: 'TABLE_CORRUPT',
      message: expect.stringMatching(/00000000000000000001\.json, line 2.*size/s) as string,
    });
    await store.put('_delta_log/00000000000000000001.json', Buffer.from('{"commitInfo":{}}\n{"add":{"pa'));
    await expect(loadTableState(store)).rejects.toMatchObject({ code: 'TABLE_CORRUPT' });
  });

  it.each([
    ['protocol', { metaData: { id: 'x', format: { provider: 'parquet' }, schemaString: '{}', partitionColumns: [] } }],
    ['metaData', { protocol: { minReaderVersion: 1, minWriterVersion: 2 } }],
  ])('refuses a log without %s', async (missing, action) => {
    const store = new LocalObjectStore(await scratchFolder());
    await writeRawEntry(store, 0, [action]);
    await expect(loadTableState(store)).rejects.toMatchObject({
      code: 'TABLE_CORRUPT',
      message: expect.stringContaining(`no ${missing} action`) as string,
    });
  });

  it('refuses a table that needs a feature it does not know, by name', async () => {
    const store = new LocalObjectStore(await scratchFolder());
    await createTable(store);
    const features = ['deletionVectors', 'futureFeature'];
    const protocol = { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: features, writerFeatures: features };
    await writeRawEntry(store, 1, [{ protocol }]);
    await expect(loadTableState(store)).rejects.toMatchObject({
      code: 'TABLE_FEATURE_UNSUPPORTED',
      message: expect.stringMatching(/: futureFeature$/) as string,
    });
  });
});
