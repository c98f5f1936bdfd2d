import { beforeEach, describe, expect, it, vi } from 'vitest';
import { activeFiles } from '../../../../src/delta/log/active-files.ts';
import type { Action } from '../../../../src/delta/actions.ts';
import { commitInfoOf } from '../../../../src/delta/log/commit-entry.ts';
import { loadTableState } from '../../../../src/delta/load-table-state.ts';
import { readCommit } from '../../../../src/delta/log/log-reader.ts';
import { newTableActions } from '../../../../src/delta/new-table.ts';
import type { TableState } from '../../../../src/delta/table-state.ts';
import { commitTransaction, type TransactionRequest } from '../../../../src/delta/commit/transaction.ts';
import { LocalObjectStore } from '../../../../src/storage/local-object-store.ts';
import type { ObjectStore } from '../../../../src/storage/object-store.ts';
import { addOf, commitActions, createTable, smallSchema, writeRawEntry } from '../../../support/delta-table.ts';
import {
  answerLost,
  FailingStore,
  ownSuccessTakenForAnother,
  requestLost,
  takenBy,
  throwsAfterSuccess,
  type PutFault,
} from '../../../support/failing-store.ts';
import { collect } from '../../../support/collect.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';

const persistence = { giveUpAfterMs: 2_000, firstDelayMs: 1, maxDelayMs: 4 };

let local: ObjectStore;
let base: TableState;

beforeEach(async () => {
  local = new LocalObjectStore(await scratchFolder());
  base = await createTable(local);
});

/** Appends one file and moves a counter, refusing when the counter is not where it was expected. */
function append(
  path: string,
  from: bigint | undefined,
  overrides: Partial<TransactionRequest<string>> = {},
): TransactionRequest<string> {
  return {
    base,
    check: (latest) => {
      const stored = latest?.txns.get('counter');
      return stored === (from === undefined ? undefined : `${from}`) ? undefined : `counter at ${stored ?? 'nothing'}`;
    },
    actions: () => [{ add: addOf(path) }, { txn: { appId: 'counter', version: `${(from ?? 0n) + 1n}` } }],
    commitInfo: { operation: 'STREAMING UPDATE', kafkaBronze: { kind: 'batch' } },
    persistence,
    ...overrides,
  };
}

async function filesOf(store: ObjectStore): Promise<string[]> {
  const state = await loadTableState(store);
  if (!state) return [];
  return (await collect(activeFiles(store, state))).map(({ path }) => path).toSorted();
}

describe('commitTransaction', () => {
  it('is no blind append where what is added depends on rows that the table had', async () => {
    const { version } = await commitTransaction(local, {
      ...append('a', undefined),
      commitInfo: { operation: 'STREAMING UPDATE', readsRows: true },
    }).then((outcome) => (outcome.kind === 'committed' ? outcome : Promise.reject(new Error('refused'))));
    const commitInfo = commitInfoOf((await readCommit(local, version))?.actions ?? []);
    expect(commitInfo).toMatchObject({ isBlindAppend: false });
    expect(commitInfo).not.toHaveProperty('readsRows');
  });

  it('commits as the next version, commitInfo first, and answers with the new state', async () => {
    const outcome = await commitTransaction(local, append('a', undefined));
    expect(outcome).toMatchObject({ kind: 'committed', version: 1 });
    const entry = await readCommit(local, 1);
    expect(entry?.actions.map((action) => Object.keys(action)[0])).toEqual(['commitInfo', 'add', 'txn']);
    expect(commitInfoOf(entry?.actions ?? [])).toMatchObject({
      operation: 'STREAMING UPDATE',
      engineInfo: expect.stringMatching(/^kafka-bronze\/\d/) as string,
      isBlindAppend: true,
      txnId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      kafkaBronze: { kind: 'batch' },
    });
    expect(outcome.state).toEqual(await loadTableState(local));
  });

  it('keeps versions of transaction identifiers beyond 2^53', async () => {
    const version = '9223372036854775807';
    const state = await commitActions(local, base, [{ txn: { appId: 'counter', version } }]);
    expect(state.txns.get('counter')).toBe(version);
    expect((await loadTableState(local))?.txns.get('counter')).toBe(version);
  });

  it('creates a table once, though two writers try at the same time', async () => {
    const store = new LocalObjectStore(await scratchFolder());
    const create = (): TransactionRequest<string> => ({
      base: undefined,
      check: (latest) => (latest ? 'exists' : undefined),
      actions: () => newTableActions({ schema: smallSchema, partitionColumns: [] }),
      commitInfo: { operation: 'CREATE TABLE' },
    });
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => commitTransaction(store, create())));
    expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['committed', 'refused', 'refused', 'refused']);
    expect((await loadTableState(store))?.version).toBe(0);
  });

  it('rebases on other writers’ appends, asking the check again with the newest state', async () => {
    const check = vi.fn(() => undefined);
    const rival = (): Promise<unknown> => commitActions(local, undefined, [{ add: addOf('rival') }]);
    const store = new FailingStore(local, [takenBy(rival)]);
    const outcome = await commitTransaction(store, append('a', undefined, { check }));
    expect(outcome).toMatchObject({ kind: 'committed', version: 2 });
    expect(check.mock.calls.map((call: unknown[]) => (call[0] as TableState).version)).toEqual([0, 1]);
    expect(await filesOf(local)).toEqual(['a', 'rival']);
  });

  it('refuses at a rebase what the winner has made wrong', async () => {
    const store = new FailingStore(local, [takenBy(() => commitTransaction(local, append('winner', undefined)))]);
    const outcome = await commitTransaction(store, append('loser', undefined));
    expect(outcome).toMatchObject({ kind: 'refused', reason: 'counter at 1', state: { version: 1 } });
    expect(await filesOf(local)).toEqual(['winner']);
  });

  it('sees what was committed since its base before it writes anything', async () => {
    await commitTransaction(local, append('earlier', undefined));
    const store = new FailingStore(local, []);
    expect(await commitTransaction(store, append('late', undefined))).toMatchObject({ kind: 'refused' });
    expect(store.puts).toEqual([]);
  });

  it('stops when metaData or protocol changed, unless it was told to check the new state', async () => {
    const metaData = { ...base.metaData, description: 'changed' };
    const rival = (): Promise<unknown> => commitActions(local, base, [{ metaData }]);
    const store = new FailingStore(local, [takenBy(rival)]);
    await expect(commitTransaction(store, append('a', undefined))).rejects.toMatchObject({ code: 'TABLE_CHANGED' });
    const outcome = await commitTransaction(local, append('a', undefined, { onTableChange: 'recheck' }));
    expect(outcome).toMatchObject({ kind: 'committed', state: { metaData: { description: 'changed' } } });
  });

  it('stops when another writer removed a file that it removes', async () => {
    base = await commitActions(local, base, [{ add: addOf('old') }]);
    const remove: Action = { remove: { path: 'old', dataChange: true } };
    const store = new FailingStore(local, [takenBy(() => commitActions(local, base, [remove]))]);
    const request = append('new', undefined, { actions: () => [remove, { add: addOf('new') }] });
    await expect(commitTransaction(store, request)).rejects.toMatchObject({ code: 'TABLE_CHANGED' });
    expect(await filesOf(local)).toEqual([]);
  });

  it('removes what is there at each rebase when its actions follow the newest state', async () => {
    base = await commitActions(local, base, [{ add: addOf('one') }]);
    const store = new FailingStore(local, [takenBy(() => commitActions(local, base, [{ add: addOf('two') }]))]);
    const outcome = await commitTransaction(store, {
      ...append('x', undefined),
      actions: async (latest) => {
        const files = latest ? await collect(activeFiles(store, latest)) : [];
        return files.map(({ path }): Action => ({ remove: { path, dataChange: true } }));
      },
    });
    expect(outcome).toMatchObject({ kind: 'committed', version: 3 });
    expect(await filesOf(local)).toEqual([]);
  });

  it('does not take a table that was deleted and made anew for its own', async () => {
    base = await commitActions(local, base, [{ txn: { appId: 'counter', version: '7' } }]);
    for await (const { path } of local.list('')) await local.delete(path);
    await createTable(local);
    await commitActions(local, undefined, [{ add: addOf('other') }]);
    const request = append('a', 7n, { check: () => undefined });
    await expect(commitTransaction(local, request)).rejects.toMatchObject({ code: 'TABLE_CHANGED' });
    expect(await commitTransaction(local, append('a', 7n))).toMatchObject({ kind: 'refused' });
  });

  it('does not write into a log whose end was cleaned up', async () => {
    const before = base;
    for (const path of ['b', 'c', 'd']) base = await commitActions(local, base, [{ add: addOf(path) }]);
    await local.delete('_delta_log/00000000000000000000.json');
    await local.delete('_delta_log/00000000000000000001.json');
    base = before;
    await expect(commitTransaction(local, append('a', undefined))).rejects.toMatchObject({ code: 'TABLE_CORRUPT' });
  });

  it('makes in-commit timestamps strictly increasing where the table has them', async () => {
    const store = new LocalObjectStore(await scratchFolder());
    const created = await createTable(store, { 'delta.enableInCommitTimestamps': 'true' });
    const aheadMs = Date.now() + 3_600_000;
    await writeRawEntry(store, 1, [{ commitInfo: { inCommitTimestamp: aheadMs } }]);
    const next = await commitActions(store, created, [{ add: addOf('a') }]);
    expect(next.lastCommitTimestampMs).toBe(aheadMs + 1);
  });
});

describe('a commit whose outcome is ambiguous', () => {
  const faults: Record<string, PutFault[]> = {
    'the answer is lost': [answerLost],
    'the request is lost': [requestLost],
    'both are lost in turn': [requestLost, requestLost, answerLost],
    'its own success is taken for another’s': [ownSuccessTakenForAnother],
    'the store throws after success': [throwsAfterSuccess],
  };

  it.each(Object.entries(faults))('lands once when %s', async (_name, putFaults) => {
    const store = new FailingStore(local, putFaults);
    const outcome = await commitTransaction(store, append('a', undefined));
    expect(outcome).toMatchObject({ kind: 'committed', version: 1 });
    expect((await loadTableState(local))?.version).toBe(1);
    expect(await filesOf(local)).toEqual(['a']);
  });

  it('puts the same bytes at the same version while nothing is there, so that a late first write cannot add a second', async () => {
    const store: FailingStore = new FailingStore(local, [(put, path) => store.delayed(put, path)]);
    const actions = vi.fn(() => [{ add: addOf('a') }]);
    const outcome = await commitTransaction(store, append('a', undefined, { actions }));
    expect(outcome).toMatchObject({ kind: 'committed', version: 1 });
    expect(actions).toHaveBeenCalledOnce();
    expect(await store.landLate()).toEqual([{ kind: 'exists' }]);
    expect(store.puts.map(({ path }) => path)).toEqual(Array(2).fill('_delta_log/00000000000000000001.json'));
    expect(store.puts[1]?.bytes).toEqual(store.puts[0]?.bytes);
    expect((await loadTableState(local))?.version).toBe(1);
  });

  it('finds its own late write at the retry', async () => {
    const store: FailingStore = new FailingStore(local, [
      (put, path) => store.delayed(put, path),
      async (put) => {
        await store.landLate();
        return put();
      },
    ]);
    expect(await commitTransaction(store, append('a', undefined))).toMatchObject({ kind: 'committed', version: 1 });
    expect(await filesOf(local)).toEqual(['a']);
  });

  it('loses to a rival who wrote between a lost request and its retry, and rebases', async () => {
    const rival = takenBy(() => commitActions(local, undefined, [{ add: addOf('rival') }]));
    const store = new FailingStore(local, [requestLost, rival]);
    expect(await commitTransaction(store, append('a', undefined))).toMatchObject({ kind: 'committed', version: 2 });
    expect(await filesOf(local)).toEqual(['a', 'rival']);
  });

  it('is reported as unknown only when the store stays unreachable, and says which commit', async () => {
    const store: FailingStore = new FailingStore(local, [
      async (put) => {
        const outcome = await answerLost(put, '');
        store.unreachable = true;
        return outcome;
      },
    ]);
    const request = append('a', undefined, { persistence: { giveUpAfterMs: 30, firstDelayMs: 1, maxDelayMs: 5 } });
    await expect(commitTransaction(store, request)).rejects.toMatchObject({
      code: 'COMMIT_STATE_UNKNOWN',
      retryable: true,
      message: expect.stringContaining('00000000000000000001.json') as string,
    });
    // The next attempt of the same work finds that it was done.
    expect(await commitTransaction(local, append('a', undefined))).toMatchObject({ reason: 'counter at 1' });
  });
});
