import { expect, test } from 'vitest';
import { LocalObjectStore } from '../../../src/storage/local-object-store.ts';
import { expectNoCommitLost } from '../../support/commit-side-by-side.ts';
import { deltaRsStorageOptions, useTestBucket } from '../../support/s3.ts';
import { pythonWith, readers } from '../../support/python.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

const bucket = useTestBucket();
const [writers, commits] = [16, 1_000];

test.each([
  ['a local folder', async () => new LocalObjectStore(await scratchFolder())],
  ['S3', () => Promise.resolve(bucket.newStore())],
] as const)(
  '16 processes make 1,000 commits into one table on %s, and none is lost or written over',
  async (_, open) => {
    const store = await open();
    await expectNoCommitLost(store, writers, commits);
    const python = await pythonWith([readers.deltalake, readers.pyarrow]);
    const script =
      'from deltalake import DeltaTable\nt = DeltaTable(input["root"], storage_options=input["options"])\n' +
      'emit([t.version(), len(t.file_uris())])';
    const options = store.root.startsWith('s3://') ? deltaRsStorageOptions() : {};
    expect(await python.json(script, { root: store.root, options })).toEqual([commits, commits]);
  },
  1_200_000,
);
