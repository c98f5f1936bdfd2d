import { beforeEach, describe, expect, it } from 'vitest';
import { classicCheckpointPath } from '../../../../src/delta/log/log-path.ts';
import { listLogSegment, type LogSegment } from '../../../../src/delta/log/log-segment.ts';
import { LocalObjectStore } from '../../../../src/storage/local-object-store.ts';
import type { ObjectStore } from '../../../../src/storage/object-store.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';

let store: ObjectStore;

beforeEach(async () => {
  store = new LocalObjectStore(await scratchFolder());
});

async function putLog(...names: string[]): Promise<void> {
  for (const name of names) {
    const padded = name.replace(/^\d+/, (version) => version.padStart(20, '0'));
    await store.put(`_delta_log/${padded}`, Buffer.from('{}'));
  }
}

describe('listLogSegment', () => {
  it('takes the newest checkpoint and what follows it', async () => {
    await putLog('0.json', '1.json', '2.json', '2.checkpoint.parquet', '3.json', '3.checkpoint.parquet', '4.json');
    expect(await listLogSegment(store)).toEqual(segment(4, [4], 3));
    expect(await listLogSegment(store, { atVersion: 2 })).toEqual(segment(2, [], 2));
    expect(await listLogSegment(store, { atVersion: 1 })).toEqual(segment(1, [0, 1]));
  });

  it('needs no entry that a checkpoint stands for', async () => {
    await putLog('7.checkpoint.parquet', '8.json');
    expect(await listLogSegment(store)).toEqual(segment(8, [8], 7));
  });

  it.each([
    ['right', '{"version":2,"size":3}'],
    ['one version that is no checkpoint', '{"version":1}'],
    ['beyond the log', '{"version":99}'],
    ['not JSON', '{"versi'],
    ['not a version', '{"version":"2"}'],
  ])('takes _last_checkpoint for a hint: %s', async (_name, hint) => {
    await putLog('0.json', '1.json', '2.json', '2.checkpoint.parquet', '3.json');
    await store.put('_delta_log/_last_checkpoint', Buffer.from(hint));
    expect(await listLogSegment(store)).toEqual(segment(3, [3], 2));
  });

  it.each([
    ['at the start', ['1.json', '2.json'], '00000000000000000000.json'],
    ['in the middle', ['0.json', '2.json'], '00000000000000000001.json'],
    ['after a checkpoint', ['4.checkpoint.parquet', '6.json'], '00000000000000000005.json'],
  ])('names the entry that is missing %s', async (_where, names, missing) => {
    await putLog(...names);
    await expect(listLogSegment(store)).rejects.toMatchObject({
      code: 'TABLE_CORRUPT',
      message: expect.stringContaining(missing) as string,
    });
  });

  it('lists again when an entry was only passed over, because it came while the folder was read', async () => {
    await putLog('0.json', '1.json', '2.json');
    let listings = 0;
    const racing = new Proxy(store, {
      get(target, name) {
        if (name === 'list') {
          return async function* (prefix: string, startAfter?: string) {
            listings += 1;
            for await (const entry of target.list(prefix, startAfter)) {
              if (listings > 1 || !entry.path.endsWith('1.json')) yield entry;
            }
          };
        }
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    expect(await listLogSegment(racing)).toEqual(segment(2, [0, 1, 2]));
    expect(listings).toBe(2);
  });

  it('needs all parts of a multi-part checkpoint', async () => {
    const one = '3.checkpoint.0000000001.0000000002.parquet';
    const two = '3.checkpoint.0000000002.0000000002.parquet';
    await putLog(one, '4.json');
    await expect(listLogSegment(store)).rejects.toMatchObject({
      code: 'TABLE_CORRUPT',
      message: expect.stringContaining('parts are missing of the checkpoint of version 3') as string,
    });
    await putLog(two);
    const paths = [one, two].map((name) => `_delta_log/0000000000000000000${name}`);
    expect(await listLogSegment(store)).toEqual({
      version: 4,
      checkpoint: { version: 3, format: 'parquet', paths },
      pieces: [{ kind: 'commit', version: 4 }],
    });
  });

  it('has no version that a clean-up is about to remove, of which the checkpoint is gone already', async () => {
    await putLog('4.json', '5.json', '6.json', '6.checkpoint.parquet', '7.json');
    await expect(listLogSegment(store, { atVersion: 5 })).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' });
    expect(await listLogSegment(store, { atVersion: 6 })).toEqual(segment(6, [], 6));
  });

  it('takes a checkpoint that is named by a UUID', async () => {
    const name = '1.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json';
    await putLog(name, '2.json');
    const paths = [`_delta_log/0000000000000000000${name}`];
    expect(await listLogSegment(store)).toMatchObject({
      version: 2,
      checkpoint: { version: 1, format: 'json', paths },
    });
  });

  it('passes over checkpoints when asked, and says so where there is nothing else', async () => {
    await putLog('0.json', '1.json', '1.checkpoint.parquet', '2.json');
    expect(await listLogSegment(store, { useCheckpoints: false })).toEqual(segment(2, [0, 1, 2]));
    await store.delete('_delta_log/00000000000000000000.json');
    await expect(listLogSegment(store, { useCheckpoints: false })).rejects.toMatchObject({
      code: 'TABLE_FEATURE_UNSUPPORTED',
      message: expect.stringContaining('needs a Parquet reader') as string,
    });
  });

  it('takes a compacted file for the entries that it stands for, unless it reaches beyond the version', async () => {
    await putLog('0.json', '1.json', '2.json', '3.json', '1.00000000000000000002.compacted.json');
    const compaction = { kind: 'compaction', startVersion: 1, endVersion: 2 };
    expect((await listLogSegment(store))?.pieces).toMatchObject([
      { kind: 'commit', version: 0 },
      compaction,
      { kind: 'commit', version: 3 },
    ]);
    expect(await listLogSegment(store, { atVersion: 1 })).toEqual(segment(1, [0, 1]));
  });
});

function segment(version: number, commitVersions: readonly number[], checkpointVersion?: number): LogSegment {
  const pieces = commitVersions.map((commit) => ({ kind: 'commit' as const, version: commit }));
  if (checkpointVersion === undefined) return { version, pieces };
  const paths = [classicCheckpointPath(checkpointVersion)];
  return { version, pieces, checkpoint: { version: checkpointVersion, format: 'parquet', paths } };
}
