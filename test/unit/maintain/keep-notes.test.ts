import { beforeEach, expect, test } from 'vitest';
import { loadTableState } from '../../../src/delta/load-table-state.ts';
import { commitTransaction } from '../../../src/delta/commit/transaction.ts';
import { readLedgerPages } from '../../../src/lake/notes/note-ledger.ts';
import { keepNotes } from '../../../src/maintain/keep-notes.ts';
import type { LaneOpenedNote } from '../../../src/model/table/commit-note.ts';
import { LocalObjectStore } from '../../../src/storage/local-object-store.ts';
import type { ObjectStore } from '../../../src/storage/object-store.ts';
import { addOf, createTable } from '../../support/delta-table.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

const tableId = 'one/table';
let store: ObjectStore;
const { signal } = new AbortController();

beforeEach(async () => {
  store = new LocalObjectStore(await scratchFolder());
  await createTable(store);
  for (const epoch of [1, 2, 3, 4]) {
    const note: LaneOpenedNote = { kind: 'laneOpened', job: 'a', topic: 't', topicId: 'i', epoch, starts: [] };
    await commitTransaction(store, {
      base: await loadTableState(store),
      check: () => undefined,
      actions: () => [{ add: addOf(`file-${epoch}`) }],
      commitInfo: { operation: 'TEST', kafkaBronze: note },
    });
  }
});

const pages = async (): Promise<unknown> =>
  (await readLedgerPages({ store, tableId })).map(({ startVersion, endVersion, notes }) => [
    startVersion,
    endVersion,
    notes.map(({ version }) => version),
  ]);

test('each clean-up adds a page that follows the one before, whatever an earlier one has left undone', async () => {
  await keepNotes({ store, tableId }, [0, 1, 2], signal);
  await keepNotes({ store, tableId }, [1, 2, 3], signal);
  await keepNotes({ store, tableId }, [3], signal);
  expect(await pages()).toEqual([
    [0, 3, [1, 2]],
    [3, 4, [3]],
  ]);
});

test('two clean-ups at once make one ledger', async () => {
  await Promise.all([
    keepNotes({ store, tableId }, [0, 1], signal),
    keepNotes({ store, tableId }, [0, 1, 2, 3], signal),
  ]);
  const kept = await readLedgerPages({ store, tableId });
  expect(kept.flatMap(({ notes }) => notes.map(({ version }) => version))).toEqual([1, 2, 3]);
  expect(kept.at(-1)?.endVersion).toBe(4);
});

test('a page that is not what was written stops it before anything is deleted', async () => {
  await store.put('_ledger/one%2Ftable/00000000000000000000.json', Buffer.from('{'));
  await expect(keepNotes({ store, tableId }, [0, 1], signal)).rejects.toMatchObject({ code: 'TABLE_CORRUPT' });
});

test('a table that comes after another one in the same folder has a ledger of its own', async () => {
  await keepNotes({ store, tableId: 'another' }, [0, 1, 2], signal);
  await keepNotes({ store, tableId }, [0, 1], signal);
  expect(await pages()).toEqual([[0, 2, [1]]]);
});
