import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { removeOf } from '../../../../src/delta/actions.ts';
import { lastCheckpointPath, commitPath } from '../../../../src/delta/log/log-path.ts';
import { removedFiles } from '../../../../src/delta/log/removed-files.ts';
import type { TableState } from '../../../../src/delta/table-state.ts';
import { filesOf, loadState, readParquetRows } from '../../../../src/lake/table/table-log.ts';
import { LocalObjectStore } from '../../../../src/storage/local-object-store.ts';
import type { ObjectStore } from '../../../../src/storage/object-store.ts';
import { checkpointTable } from '../../../support/checkpoint-table.ts';
import { v2Protocol } from '../../../support/checkpointed-table.ts';
import { collect } from '../../../support/collect.ts';
import { addOf, commitActions, createTable, writeRawEntry } from '../../../support/delta-table.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';

interface Checkpointed {
  readonly store: ObjectStore;
  /** Of the newer of two checkpoints, at the versions 3 and 6 of 7. */
  readonly checkpoint: string;
  readonly sidecar: string;
}

/** Files come one by one, and one goes again. */
async function checkpointedTable(format: 'classic' | 'v2'): Promise<Checkpointed> {
  const store = new LocalObjectStore(await scratchFolder());
  await createTable(store);
  if (format === 'v2') await writeRawEntry(store, 1, [v2Protocol]);
  const checkpointFiles = async (): Promise<readonly string[]> =>
    (await collect(store.list('_delta_log/'))).map(({ path }) => path).filter((path) => path.endsWith('.parquet'));
  const commit = async (): Promise<number> => {
    const state = (await loadState(store))!;
    const next = state.version + 1;
    const removes = next === 5 ? [{ remove: removeOf(addOf('file-3'), Date.now()) }] : [];
    return (await commitActions(store, state, [{ add: addOf(`file-${next}`) }, ...removes])).version;
  };
  while ((await commit()) < 3);
  await checkpointTable(store);
  const older = await checkpointFiles();
  while ((await commit()) < 6);
  await checkpointTable(store);
  const newer = (await checkpointFiles()).filter((path) => !older.includes(path));
  await commit();
  const isSidecar = (path: string): boolean => path.includes('_sidecars/');
  return { store, checkpoint: newer.find((path) => !isSidecar(path))!, sidecar: newer.find(isSidecar) ?? '' };
}

async function contentOf(store: ObjectStore): Promise<unknown> {
  const state: TableState = (await loadState(store))!;
  const paths = (files: readonly { readonly path: string }[]): string[] => files.map(({ path }) => path).toSorted();
  const files = paths(await collect(filesOf(store, state)));
  const removed = paths(await collect(removedFiles(store, state, { readParquetRows })));
  return { version: state.version, metaData: state.metaData, files, removed: [...new Set(removed)] };
}

const garbage = Buffer.from(`PAR1${'\0'.repeat(500)}PAR1`);

const damages: readonly (readonly [
  name: string,
  format: 'classic' | 'v2',
  damage: (table: Checkpointed) => Promise<unknown>,
])[] = [
  ['cut off', 'classic', ({ store, checkpoint }) => truncate(join(store.root, checkpoint), 700)],
  ['empty', 'classic', ({ store, checkpoint }) => truncate(join(store.root, checkpoint), 0)],
  ['garbage', 'classic', ({ store, checkpoint }) => store.put(checkpoint, garbage)],
  ['gone, with a hint at it', 'classic', ({ store, checkpoint }) => store.delete(checkpoint)],
  [
    'of another writer in parts, of which one is cut off',
    'classic',
    async ({ store, checkpoint }) => {
      const bytes = (await store.get(checkpoint))!;
      const part = (number: number): string =>
        checkpoint.replace('.checkpoint.', `.checkpoint.000000000${String(number)}.0000000002.`);
      await store.put(part(1), bytes);
      await store.put(part(2), bytes.subarray(0, 700));
      await store.delete(checkpoint);
    },
  ],
  ['cut off, in the V2 form', 'v2', ({ store, checkpoint }) => truncate(join(store.root, checkpoint), 700)],
  ['without its sidecar', 'v2', ({ store, sidecar }) => store.delete(sidecar)],
  ['with a sidecar that is cut off', 'v2', ({ store, sidecar }) => truncate(join(store.root, sidecar), 700)],
];

describe.for(damages)('a table whose newest checkpoint is %s', ([, format, damage]) => {
  test('is read by the older one, and gets a new one', async () => {
    const table = await checkpointedTable(format);
    const before = await contentOf(table.store);
    await damage(table);
    expect(await contentOf(table.store)).toEqual(before);
    expect(await checkpointTable(table.store)).toMatchObject({ version: 7, files: format === 'v2' ? 5 : 6 });
    expect(await contentOf(table.store)).toEqual(before);
    expect((await loadState(table.store))?.checkpointVersion).toBe(7);
  });

  test('is corrupt where nothing older stands for it, and the error names a file', async () => {
    const table = await checkpointedTable(format);
    await damage(table);
    await table.store.delete(commitPath(0));
    for (const { path } of await collect(table.store.list(commitPath(3).replace('.json', '')))) {
      await table.store.delete(path);
    }
    await expect(contentOf(table.store)).rejects.toMatchObject({
      code: 'TABLE_CORRUPT',
      message: expect.stringMatching(/_delta_log\/.*(parquet|json)/) as string,
    });
  });
});

test('a table of which only an unreadable checkpoint is left is no table that is not there', async () => {
  const { store, checkpoint } = await checkpointedTable('classic');
  for (const { path } of await collect(store.list('_delta_log/'))) if (path !== checkpoint) await store.delete(path);
  await truncate(join(store.root, checkpoint), 700);
  await expect(loadState(store)).rejects.toMatchObject({
    code: 'TABLE_CORRUPT',
    message: expect.stringContaining(checkpoint) as string,
  });
});

test('a hint at a version that never was costs a listing', async () => {
  const { store } = await checkpointedTable('classic');
  const before = await contentOf(store);
  await store.put(lastCheckpointPath, Buffer.from('{"version":99,"size":1}'));
  expect(await contentOf(store)).toEqual(before);
});
