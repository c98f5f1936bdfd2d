import { beforeEach, describe, expect, it } from 'vitest';
import { loadTableState } from '../../../src/delta/load-table-state.ts';
import type { TableState } from '../../../src/delta/table-state.ts';
import { readParquetRows } from '../../../src/lake/table/table-log.ts';
import { LocalObjectStore } from '../../../src/storage/local-object-store.ts';
import type { ObjectStore } from '../../../src/storage/object-store.ts';
import { checkpointTable } from '../../support/checkpoint-table.ts';
import { addOf, commitActions, createTable } from '../../support/delta-table.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

let store: ObjectStore;
let state: TableState;

beforeEach(async () => {
  store = new LocalObjectStore(await scratchFolder());
  state = await createTable(store);
});

async function commit(times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    const version = state.version + 1;
    const txn = { txn: { appId: 'counter', version: `${BigInt(version)}` } } as const;
    state = await commitActions(store, state, [{ add: addOf(`file-${version}`) }, txn]);
  }
}

async function deleteCommits(from: number, to: number): Promise<void> {
  for (let version = from; version < to; version += 1) {
    await store.delete(`_delta_log/${String(version).padStart(20, '0')}.json`);
  }
}

describe('a state that was loaded before', () => {
  it('is caught up from the checkpoint when the entries after it were cleaned up', async () => {
    await commit(3);
    const previous = state;
    await commit(5);
    await checkpointTable(store);
    await commit(2);
    await deleteCommits(0, 8);
    const caughtUp = await loadTableState(store, { previous, readParquetRows });
    expect(caughtUp).toEqual(await loadTableState(store, { readParquetRows }));
    expect(caughtUp).toMatchObject({ version: 10, checkpointVersion: 8, txns: new Map([['counter', '10']]) });
  });

  it('is caught up entry by entry while its own entry is there, whatever was cleaned up before', async () => {
    await commit(4);
    const previous = state;
    await commit(2);
    await checkpointTable(store);
    await deleteCommits(0, 4);
    const caughtUp = await loadTableState(store, { previous, readParquetRows });
    expect(caughtUp).toMatchObject({ version: 6, checkpointVersion: undefined, txns: new Map([['counter', '6']]) });
  });

  it('is caught up through a checkpoint when it is far behind', async () => {
    await commit(1);
    const previous = state;
    await commit(60);
    await checkpointTable(store);
    await commit(1);
    const caughtUp = await loadTableState(store, { previous, readParquetRows });
    expect(caughtUp).toMatchObject({ version: 62, checkpointVersion: 61, txns: new Map([['counter', '62']]) });
  });

  it('goes on for commits of ours although the log behind it is gone', async () => {
    await commit(3);
    const previous = state;
    await commit(2);
    await checkpointTable(store);
    await deleteCommits(0, 5);
    state = (await loadTableState(store, { previous, readParquetRows }))!;
    await commit(1);
    expect(state.version).toBe(6);
    await deleteCommits(0, 6);
    await expect(loadTableState(store)).rejects.toMatchObject({ code: 'TABLE_FEATURE_UNSUPPORTED' });
    expect((await loadTableState(store, { readParquetRows }))?.version).toBe(6);
  });
});
