import { describe, expect, it } from 'vitest';
import { activeFiles } from '../../../../src/delta/log/active-files.ts';
import { removeOf, type AddAction } from '../../../../src/delta/actions.ts';
import { loadTableState } from '../../../../src/delta/load-table-state.ts';
import { readParquetRows } from '../../../../src/lake/table/table-log.ts';
import { LocalObjectStore } from '../../../../src/storage/local-object-store.ts';
import type { ObjectStore } from '../../../../src/storage/object-store.ts';
import { checkpointTable } from '../../../support/checkpoint-table.ts';
import { collect } from '../../../support/collect.ts';
import { addOf, commitActions, createTable, writeRawEntry } from '../../../support/delta-table.ts';
import { FailingStore } from '../../../support/failing-store.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';

async function filesOf(store: ObjectStore, version: number): Promise<AddAction[]> {
  const files = await collect(activeFiles(store, { version }, { readParquetRows, deletionVectors: 'return' }));
  return files.toSorted((left, right) => left.path.localeCompare(right.path));
}

/** So that nothing but the checkpoint can tell what the table is. */
async function deleteCommits(store: ObjectStore, upTo: number): Promise<void> {
  for (let version = 0; version <= upTo; version += 1) {
    await store.delete(`_delta_log/${String(version).padStart(20, '0')}.json`);
  }
}

const vector = {
  storageType: 'u',
  pathOrInlineDv: 'ab^-aqEH.-t@S}K{vb[*k^',
  offset: 4,
  sizeInBytes: 40,
  cardinality: 6,
};

describe('writeCheckpoint', () => {
  it('keeps all that the log says of a table', async () => {
    const store = new LocalObjectStore(await scratchFolder());
    await createTable(store, { note: 'kept' });
    const rich: AddAction = {
      ...addOf('date=2026-11-20/a%20b.parquet', 3),
      tags: { t: 'x', n: null },
      deletionVector: vector,
      baseRowId: 7,
      defaultRowCommitVersion: 2,
      clusteringProvider: 'liquid',
    };
    await writeRawEntry(store, 1, [{ add: rich }, { add: addOf('plain') }, { add: addOf('gone') }]);
    await writeRawEntry(store, 2, [
      { txn: { appId: 'exact', version: 9007199254740993n.toString(), lastUpdated: 5 } },
      { domainMetadata: { domain: 'd', configuration: '{"a":1}', removed: false } },
      { domainMetadata: { domain: 'old', configuration: '{}', removed: false } },
      { remove: removeOf(addOf('gone'), Date.now()) },
    ]);
    await writeRawEntry(store, 3, [{ domainMetadata: { domain: 'old', configuration: '{}', removed: true } }]);
    const before = await loadTableState(store);
    const files = await filesOf(store, 3);

    expect(await checkpointTable(store)).toMatchObject({ version: 3, files: 2 });
    await deleteCommits(store, 3);
    const after = await loadTableState(store, { readParquetRows });
    expect(after).toEqual({ ...before, checkpointVersion: 3, entryDigest: undefined, lastCommitTimestampMs: 0 });
    expect(after?.txns.get('exact')).toBe('9007199254740993');
    expect(Object.fromEntries(after?.domains ?? [])).toEqual({ d: '{"a":1}' });
    expect(await filesOf(store, 3)).toEqual(files.map((file) => ({ ...file, dataChange: false })));
  });

  it.each(['classic', 'v2'] as const)('builds a %s one on the one before', async (format) => {
    const store = new LocalObjectStore(await scratchFolder());
    let state = await createTable(store, format === 'v2' ? { 'delta.checkpointPolicy': 'v2' } : {});
    if (format === 'v2') await upgradeToV2(store, state.version + 1);
    state = (await loadTableState(store))!;
    state = await commitActions(
      store,
      state,
      ['a', 'b', 'c', 'e %'].map((path) => ({ add: addOf(encodeURI(path)) })),
    );
    state = await commitActions(store, state, [{ remove: removeOf(addOf('b'), Date.now()) }]);
    await checkpointTable(store);
    state = await commitActions(store, state, [
      { add: { ...addOf('a'), deletionVector: vector } },
      { remove: removeOf(addOf('a'), Date.now()) },
      { remove: { path: `file://${store.root}/c`, dataChange: true, deletionTimestamp: Date.now() } },
      { add: addOf('d') },
    ]);
    state = await commitActions(store, state, [{ remove: { path: 'e%20%25', dataChange: true } }, { add: addOf('b') }]);
    const files = await filesOf(store, state.version);
    expect(await checkpointTable(store)).toMatchObject({ version: state.version, files: 3 });
    expect(await checkpointTable(store)).toBeUndefined();
    await deleteCommits(store, state.version);
    const paths = (await collect(store.list('_delta_log/'))).map(({ path }) => path);
    expect(paths.some((path) => path.includes('_sidecars/'))).toBe(format === 'v2');
    expect(await filesOf(store, state.version)).toEqual(files.map((file) => ({ ...file, dataChange: false })));
    expect(files.map(({ path, deletionVector }) => [path, deletionVector !== undefined])).toEqual([
      ['a', true],
      ['b', false],
      ['d', false],
    ]);
  });

  it('points at itself, and never back', async () => {
    const store = new LocalObjectStore(await scratchFolder());
    await createTable(store);
    await store.put('_delta_log/_last_checkpoint', Buffer.from('not JSON'));
    await checkpointTable(store);
    const hint: unknown = JSON.parse(Buffer.from((await store.get('_delta_log/_last_checkpoint'))!).toString());
    expect(hint).toEqual({
      version: 0,
      size: 2,
      sizeInBytes: expect.any(Number) as number,
      numOfAddFiles: 0,
      checksum: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
    });
    await writeRawEntry(store, 1, [{ add: addOf('a') }]);
    await store.put('_delta_log/_last_checkpoint', Buffer.from('{"version":5,"size":1}'));
    await checkpointTable(store);
    expect(Buffer.from((await store.get('_delta_log/_last_checkpoint'))!).toString()).toContain('"version":5');
  });

  it('keeps tombstones for as long as the table says', async () => {
    const store = new LocalObjectStore(await scratchFolder());
    await createTable(store, { 'delta.deletedFileRetentionDuration': 'interval 2 hours' });
    const hoursAgo = (hours: number): number => Date.now() - hours * 3_600_000;
    await writeRawEntry(store, 1, [{ add: addOf('a') }, { add: addOf('b') }, { add: addOf('c') }]);
    await writeRawEntry(store, 2, [
      { remove: removeOf(addOf('a'), hoursAgo(1)) },
      { remove: removeOf(addOf('b'), hoursAgo(3)) },
      { remove: { path: 'c', dataChange: true } },
    ]);
    await checkpointTable(store);
    const removes = await collect(
      readParquetRows({
        store,
        paths: ['_delta_log/00000000000000000002.checkpoint.parquet'],
        select: (files) => `SELECT remove.path FROM read_parquet(${files}) WHERE remove IS NOT NULL`,
      }),
    );
    expect(removes).toEqual(['a']);
    expect(await filesOf(store, 2)).toEqual([]);
  });

  it('leaves the one that another writer has made meanwhile: somebody may be reading it', async () => {
    const store = new LocalObjectStore(await scratchFolder());
    await createTable(store);
    const overwritten: string[] = [];
    class ReplacingStore extends FailingStore {
      override async get(path: string): Promise<Uint8Array | undefined> {
        if (path.endsWith('/00000000000000000000.json')) await checkpointTable(store);
        return super.get(path);
      }

      override async putFile(path: string): Promise<void> {
        overwritten.push(path);
        return Promise.resolve();
      }
    }

    expect(await checkpointTable(new ReplacingStore(store, []))).toMatchObject({ version: 0 });
    expect(overwritten).toEqual([]);
  });

  it.each([
    ['cut off', (file: Uint8Array) => file.subarray(0, file.length - 100)],
    ['damaged between its ends', damaged],
    ['of another kind', () => Buffer.from('no Parquet')],
  ])('replaces one of the newest version that is %s', async (_, breakFile) => {
    const store = new LocalObjectStore(await scratchFolder());
    await createTable(store);
    await checkpointTable(store);
    await writeRawEntry(store, 1, [{ add: addOf('a') }, { add: addOf('b') }]);
    await checkpointTable(store);
    const path = '_delta_log/00000000000000000001.checkpoint.parquet';
    const whole = (await store.get(path))!;
    await store.put(path, breakFile(whole));

    expect(await checkpointTable(store)).toMatchObject({ version: 1, files: 2 });
    expect(await checkpointTable(store)).toBeUndefined();
    await deleteCommits(store, 1);
    expect((await filesOf(store, 1)).map(({ path: name }) => name)).toEqual(['a', 'b']);
  });

  it('makes one in V2 beside one that has lost its sidecar', async () => {
    const store = new LocalObjectStore(await scratchFolder());
    await createTable(store, { 'delta.checkpointPolicy': 'v2' });
    await upgradeToV2(store, 1);
    await writeRawEntry(store, 2, [{ add: addOf('a') }]);
    await checkpointTable(store);
    for (const { path } of await collect(store.list('_delta_log/_sidecars/'))) await store.delete(path);

    expect(await checkpointTable(store)).toMatchObject({ version: 2, files: 1 });
    expect(await checkpointTable(store)).toBeUndefined();
    await deleteCommits(store, 2);
    expect((await filesOf(store, 2)).map(({ path }) => path)).toEqual(['a']);
  });

  it('answers nothing where there is no table', async () => {
    expect(await checkpointTable(new LocalObjectStore(await scratchFolder()))).toBeUndefined();
  });
});

/** Its footer can be read, and none of its pages. */
function damaged(file: Uint8Array): Uint8Array {
  const bytes = Buffer.from(file);
  const footer = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
  return bytes.fill(0xff, 4, footer);
}

async function upgradeToV2(store: ObjectStore, version: number): Promise<void> {
  const protocol = {
    minReaderVersion: 3,
    minWriterVersion: 7,
    readerFeatures: ['v2Checkpoint', 'deletionVectors'],
    writerFeatures: ['v2Checkpoint', 'deletionVectors', 'appendOnly', 'invariants'],
  };
  await writeRawEntry(store, version, [{ protocol }]);
}
