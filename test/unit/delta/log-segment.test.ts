import { beforeEach, describe, expect, it } from 'vitest';
import { listLogSegment } from '../../../src/delta/log-segment.ts';
import { LocalObjectStore } from '../../../src/storage/local-object-store.ts';
import type { ObjectStore } from '../../../src/storage/object-store.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

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
    expect(await listLogSegment(store)).toEqual({ version: 4, checkpointVersion: 3, commitVersions: [4] });
    expect(await listLogSegment(store, 2)).toEqual({ version: 2, checkpointVersion: 2, commitVersions: [] });
    expect(await listLogSegment(store, 1)).toEqual({ version: 1, commitVersions: [0, 1] });
  });

  it('needs no entry that a checkpoint stands for', async () => {
    await putLog('7.checkpoint.parquet', '8.json');
    expect(await listLogSegment(store)).toEqual({ version: 8, checkpointVersion: 7, commitVersions: [8] });
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
    expect(await listLogSegment(store)).toEqual({ version: 3, checkpointVersion: 2, commitVersions: [3] });
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
    expect(await listLogSegment(racing)).toEqual({ version: 2, commitVersions: [0, 1, 2] });
    expect(listings).toBe(2);
  });

  it('says so when only a checkpoint of a form that is not read stands for missing entries', async () => {
    await putLog('3.checkpoint.0000000001.0000000002.parquet', '3.checkpoint.0000000002.0000000002.parquet', '4.json');
    const refusal = { code: 'TABLE_FEATURE_UNSUPPORTED', message: expect.stringContaining('version 3') as string };
    await expect(listLogSegment(store)).rejects.toMatchObject(refusal);
    await store.delete('_delta_log/00000000000000000004.json');
    await expect(listLogSegment(store)).rejects.toMatchObject(refusal);
  });

  it('passes over such checkpoints while the entries are there', async () => {
    await putLog('0.json', '1.json', '1.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json', '2.json');
    expect(await listLogSegment(store)).toEqual({ version: 2, commitVersions: [0, 1, 2] });
  });
});
