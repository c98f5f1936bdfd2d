import { beforeEach, describe, expect, it } from 'vitest';
import { history } from '../../../../src/delta/log/history.ts';
import { LocalObjectStore } from '../../../../src/storage/local-object-store.ts';
import type { ObjectStore } from '../../../../src/storage/object-store.ts';
import { setEntryWritten } from '../../../support/age-log.ts';
import { collect } from '../../../support/collect.ts';
import { addOf, commitActions, createTable, writeRawEntry } from '../../../support/delta-table.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';

let store: ObjectStore;

beforeEach(async () => {
  store = new LocalObjectStore(await scratchFolder());
});

describe('history', () => {
  it('tells of all commits, newest first, or from a version on', async () => {
    let state = await createTable(store);
    for (const path of ['a', 'b']) state = await commitActions(store, state, [{ add: addOf(path) }]);
    const entries = await collect(history(store));
    expect(entries.map(({ version }) => version)).toEqual([2, 1, 0]);
    expect(entries[0]?.commitInfo).toMatchObject({ operation: 'STREAMING UPDATE' });
    expect((await collect(history(store, { toVersion: 1 }))).map(({ version }) => version)).toEqual([1, 0]);
  });

  it('tells of entries without commitInfo, and nothing where there is no table', async () => {
    expect(await collect(history(store))).toEqual([]);
    await createTable(store);
    await writeRawEntry(store, 1, [{ add: addOf('x') }]);
    expect((await collect(history(store)))[0]).toMatchObject({ version: 1, commitInfo: undefined });
  });

  it('makes the times of writing strictly increasing, whatever the clocks said', async () => {
    let state = await createTable(store);
    for (const path of ['a', 'b', 'c']) state = await commitActions(store, state, [{ add: addOf(path) }]);
    for (const [version, seconds] of [1000, 2000, 1500, 1500].entries()) await setEntryWritten(store, version, seconds);
    const times = (await collect(history(store))).map(({ timestampMs }) => timestampMs);
    expect(times).toEqual([2_000_002, 2_000_001, 2_000_000, 1_000_000]);
  });
});
