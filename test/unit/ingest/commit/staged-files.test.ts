import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { packStagedFiles, sweepStagedFiles } from '../../../../src/ingest/commit/staged-files.ts';
import { openObjectStore } from '../../../../src/storage/open-object-store.ts';

test('lists of staged files are swept once no commit of their lane can need them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kafka-bronze-staged-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const store = openObjectStore(folder);
  const file = { path: 'd/x.parquet', sizeBytes: 1, recordCount: 1, partitionValues: {}, stats: '{}' };
  const lane = { job: 'job', topic: 'gps', epoch: 3, batch: 7 };
  const pack = async (of: Partial<typeof lane>): Promise<string> => {
    const staged = await packStagedFiles(store, { ...lane, ...of }, [file]);
    return staged.kind === 'listed' ? staged.path : '';
  };
  const left = [await pack({ epoch: 2 }), await pack({ epoch: 2, batch: 9 }), await pack({ batch: 6 })];
  const needed = [
    await pack({}),
    await pack({ epoch: 4, batch: 0 }),
    await pack({ epoch: 1, topic: 'gps2' }),
    await pack({ epoch: 1, job: 'other' }),
  ];
  await sweepStagedFiles(store, 'job', { topic: 'gps', epoch: 3, nextBatch: 7 });

  const found = await Promise.all([...left, ...needed].map(async (path) => (await store.head(path)) !== undefined));
  expect(found).toEqual([false, false, false, true, true, true, true]);
});

test('a table that never staged anything has nothing to sweep', async () => {
  const store = openObjectStore(join(tmpdir(), 'kafka-bronze-no-such-folder'));
  await expect(sweepStagedFiles(store, 'job', { topic: 'gps', epoch: 1, nextBatch: 0 })).resolves.toBeUndefined();
});
