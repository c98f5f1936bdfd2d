import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { DeletionVectorDescriptor } from '../../../../src/delta/actions.ts';
import { locateDeletionVector, readDeletedRows } from '../../../../src/delta/deletion-vector/deletion-vector.ts';
import { writeDeletionVectors } from '../../../../src/delta/deletion-vector/write-deletion-vectors.ts';
import type { ObjectStore } from '../../../../src/storage/object-store.ts';
import { openObjectStore } from '../../../../src/storage/open-object-store.ts';
import { collect } from '../../../support/collect.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';
import { propertyRuns } from '../../../support/property/property-runs.ts';

async function readBack(store: ObjectStore, descriptor: DeletionVectorDescriptor): Promise<readonly bigint[]> {
  const location = locateDeletionVector(descriptor);
  if (location.kind === 'inline') return readDeletedRows(descriptor, location.bytes, 'the log');
  if (location.kind === 'absolute') throw new Error(location.uri);
  return readDeletedRows(descriptor, (await store.get(location.path)) ?? Buffer.alloc(0), location.path);
}

const range = (from: number, to: number, step = 1): bigint[] =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, index) => BigInt(from + index * step));

it('keeps the vectors of many data files in one file, and small ones in the log', async () => {
  const store = openObjectStore(await scratchFolder());
  const vectors = [
    range(0, 200_000, 3),
    [5n],
    range(70_000, 140_000),
    [],
    [1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 33n],
    range(1, 9_000, 2),
  ];
  const { descriptors, file } = await writeDeletionVectors(store, vectors);

  expect(descriptors.map(({ storageType, cardinality }) => [storageType, cardinality])).toEqual([
    ['u', 66_667],
    ['i', 1],
    ['i', 70_000],
    ['i', 0],
    ['i', 4],
    ['u', 4_500],
  ]);
  const entries = await collect(store.list(''));
  expect(entries).toMatchObject([{ path: file?.path, sizeBytes: file?.sizeBytes }]);
  for (const [index, descriptor] of descriptors.entries()) {
    expect(await readBack(store, descriptor)).toEqual(vectors[index]);
  }
});

it('writes no file where no vector needs one', async () => {
  const store = openObjectStore(await scratchFolder());
  expect(await writeDeletionVectors(store, [])).toEqual({ descriptors: [] });
  expect((await writeDeletionVectors(store, [[7n]])).file).toBeUndefined();
  expect(await collect(store.list(''))).toEqual([]);
});

it('reads back any positions, however they lie', async () => {
  const store = openObjectStore(await scratchFolder());
  const stretch = fc
    .record({
      from: fc.oneof(fc.nat(300_000), fc.integer({ min: 2 ** 32 - 70_000, max: 2 ** 32 + 70_000 })),
      length: fc.oneof(fc.nat(40), fc.nat(12_000)),
      step: fc.constantFrom(1, 1, 2, 7, 90_000),
    })
    .map(({ from, length, step }) => range(from, from + length * step, step));
  const positions = fc
    .array(stretch, { maxLength: 5 })
    .map((stretches) => [...new Set(stretches.flat())].sort((a, b) => (a < b ? -1 : 1)));
  await fc.assert(
    fc.asyncProperty(fc.array(positions, { maxLength: 3 }), async (vectors) => {
      const { descriptors } = await writeDeletionVectors(store, vectors);
      for (const [index, descriptor] of descriptors.entries()) {
        expect(await readBack(store, descriptor)).toEqual(vectors[index]);
      }
    }),
    propertyRuns(40),
  );
});
