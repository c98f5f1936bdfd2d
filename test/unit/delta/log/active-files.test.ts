import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { activeFiles } from '../../../../src/delta/log/active-files.ts';
import { removeOf, type Action, type AddAction } from '../../../../src/delta/actions.ts';
import { logicalFileKey } from '../../../../src/delta/data-file-path.ts';
import { loadTableState } from '../../../../src/delta/load-table-state.ts';
import { LocalObjectStore } from '../../../../src/storage/local-object-store.ts';
import type { ObjectStore } from '../../../../src/storage/object-store.ts';
import { collect } from '../../../support/collect.ts';
import { addOf, commitActions, createTable, writeRawEntry } from '../../../support/delta-table.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';
import { propertyRuns } from '../../../support/property/property-runs.ts';

async function activePaths(store: ObjectStore, version: number): Promise<string[]> {
  const files = await collect(activeFiles(store, { version }, { deletionVectors: 'return' }));
  return files.map((file) => logicalFileKey(file, store.root)).toSorted();
}

describe('activeFiles', () => {
  it('gives the files of the version that was asked for, newest first', async () => {
    const store = new LocalObjectStore(await scratchFolder());
    let state = await createTable(store);
    state = await commitActions(store, state, [{ add: addOf('a') }, { add: addOf('b') }]);
    const before = state;
    state = await commitActions(store, state, [{ add: addOf('c') }, { remove: removeOf(addOf('a'), 1) }]);
    expect((await collect(activeFiles(store, state))).map(({ path }) => path)).toEqual(['c', 'b']);
    expect(await activePaths(store, before.version)).toEqual(['a', 'b']);
  });

  it('gives the newest statistics of a file that was added again', async () => {
    const store = new LocalObjectStore(await scratchFolder());
    let state = await createTable(store);
    state = await commitActions(store, state, [{ add: addOf('a', 1) }]);
    state = await commitActions(store, state, [{ add: { ...addOf('a', 2), dataChange: false } }]);
    const files = await collect(activeFiles(store, state));
    expect(files.map(({ stats }) => stats)).toEqual(['{"numRecords":2}']);
  });

  it('takes differently written URIs of one path for one file', async () => {
    const store = new LocalObjectStore(await scratchFolder());
    await createTable(store);
    await writeRawEntry(store, 1, [{ add: addOf('special%20p@%23h') }, { add: addOf('other') }]);
    await writeRawEntry(store, 2, [{ remove: { path: 'special%20p%40%23h', dataChange: true } }]);
    await writeRawEntry(store, 3, [{ remove: { path: `file://${store.root}/other`, dataChange: true } }]);
    expect(await activePaths(store, 2)).toEqual(['other']);
    expect(await activePaths(store, 3)).toEqual([]);
  });

  it('tells logical files of one path apart by their deletion vectors, and refuses to hand one to who cannot apply it', async () => {
    const store = new LocalObjectStore(await scratchFolder());
    await createTable(store);
    const vector = {
      storageType: 'u',
      pathOrInlineDv: 'ab^-aqEH.-t@S}K{vb[*k^',
      offset: 4,
      sizeInBytes: 40,
      cardinality: 6,
    };
    await writeRawEntry(store, 1, [{ add: addOf('a') }]);
    await writeRawEntry(store, 2, [
      { add: { ...addOf('a'), deletionVector: vector } },
      { remove: { path: 'a', dataChange: true } },
    ]);
    expect(await activePaths(store, 2)).toEqual(['a\0uab^-aqEH.-t@S}K{vb[*k^@4']);
    await expect(collect(activeFiles(store, { version: 2 }))).rejects.toMatchObject({
      code: 'TABLE_FEATURE_UNSUPPORTED',
      message: expect.stringContaining('deletionVectors') as string,
    });
  });

  it('says which entry is missing', async () => {
    const store = new LocalObjectStore(await scratchFolder());
    let state = await createTable(store);
    for (const path of ['a', 'b', 'c']) state = await commitActions(store, state, [{ add: addOf(path) }]);
    await store.delete('_delta_log/00000000000000000002.json');
    await expect(collect(activeFiles(store, state))).rejects.toMatchObject({
      code: 'TABLE_CORRUPT',
      message: expect.stringContaining('00000000000000000002.json') as string,
    });
  });
});

/** One step of a writer: some files come, some of the present ones go; a reset takes all that a condition holds for. */
type Step =
  | { readonly kind: 'append'; readonly files: number }
  | { readonly kind: 'rewrite'; readonly picks: readonly number[]; readonly files: number }
  | { readonly kind: 'reset'; readonly keepFrom: number }
  | { readonly kind: 'readd'; readonly pick: number }
  | { readonly kind: 'note' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('append'), files: fc.integer({ min: 1, max: 4 }) }),
  fc.record({
    kind: fc.constant('rewrite'),
    picks: fc.array(fc.nat(), { maxLength: 3 }),
    files: fc.integer({ min: 0, max: 2 }),
  }),
  fc.record({ kind: fc.constant('reset'), keepFrom: fc.nat({ max: 3 }) }),
  fc.record({ kind: fc.constant('readd'), pick: fc.nat() }),
  fc.record({ kind: fc.constant('note') }),
);

/** The actions of a step, and what it does to the naive model: a map from path to its add. */
function play(taken: Step, model: Map<string, AddAction>, nextFile: () => string): Action[] {
  const present = [...model.values()];
  const actions: Action[] = [];
  const add = (file: AddAction): void => {
    model.set(file.path, file);
    actions.push({ add: file });
  };
  const remove = (file: AddAction | undefined): void => {
    if (file && model.delete(file.path)) actions.push({ remove: removeOf(file, 1) });
  };
  switch (taken.kind) {
    case 'append':
      for (let file = 0; file < taken.files; file += 1) add(addOf(nextFile()));
      break;
    case 'rewrite':
      for (const pick of taken.picks) remove(present[pick % present.length]);
      for (let file = 0; file < taken.files; file += 1) add(addOf(nextFile()));
      break;
    case 'reset':
      for (const file of present.slice(taken.keepFrom)) remove(file);
      break;
    case 'readd': {
      const file = present[taken.pick % present.length];
      if (file) add({ ...file, stats: `{"numRecords":${taken.pick}}` });
      break;
    }
    case 'note':
      actions.push({ txn: { appId: 'note', version: '1' } });
  }
  return actions;
}

describe('log replay', () => {
  it('equals a naive model at every version, whatever is committed, removed and reset', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const store = new LocalObjectStore(await scratchFolder());
        let state = await createTable(store);
        const model = new Map<string, AddAction>();
        const models = [new Map(model)];
        let files = 0;
        for (const taken of steps) {
          state = await commitActions(
            store,
            state,
            play(taken, model, () => `file-${files++}`),
          );
          models.push(new Map(model));
        }
        expect(await loadTableState(store)).toEqual(state);
        for (const [version, expected] of models.entries()) {
          const replayed = await collect(activeFiles(store, { version }));
          expect(new Map(replayed.map((file) => [file.path, file]))).toEqual(expected);
          expect(replayed).toHaveLength(expected.size);
        }
      }),
      propertyRuns(40),
    );
  });
});
