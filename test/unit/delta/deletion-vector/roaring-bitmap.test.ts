import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readRoaringTreemap } from '../../../../src/delta/deletion-vector/roaring-bitmap.ts';
import { roaringTreemapBytes, type TestContainer } from '../../../support/roaring-bytes.ts';
import { propertyRuns } from '../../../support/property/property-runs.ts';

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

function valuesOf(bitmaps: ReadonlyMap<number, readonly TestContainer[]>): bigint[] {
  return [...bitmaps].flatMap(([high, containers]) =>
    containers.flatMap(({ key, values }) => values.map((low) => (BigInt(high) << 32n) | BigInt(key * 0x10000 + low))),
  );
}

it('reads all forms of containers, with and without the offsets that some bitmaps have', () => {
  const array = { form: 'array', values: [0, 7, 65535] } as const;
  const bitmap = { form: 'bitmap', values: range(1000, 6000) } as const;
  const runs = { form: 'runs', values: [...range(5, 9), ...range(40_000, 65_536)] } as const;
  const full = { form: 'runs', values: range(0, 65_536) } as const;
  const bitmaps = new Map<number, TestContainer[]>([
    [0, [array, bitmap].map((container, key) => ({ ...container, key }))],
    [1, [array, runs, bitmap].map((container, key) => ({ ...container, key: key * 2 }))],
    [7, [array, runs, bitmap, full].map((container, key) => ({ ...container, key: key + 65_530 }))],
    [0x7fffffff, [{ ...array, key: 65_535 }]],
  ]);
  expect([...readRoaringTreemap(roaringTreemapBytes(bitmaps))]).toEqual(valuesOf(bitmaps));
});

it('reads back any bitmap', () => {
  const container = fc.record({
    form: fc.constantFrom('array' as const, 'runs' as const),
    values: fc.uniqueArray(fc.nat(65_535), { minLength: 1, maxLength: 50 }).map((v) => v.toSorted((a, b) => a - b)),
  });
  const keyed = fc
    .array(container, { minLength: 1, maxLength: 6 })
    .map((containers) => containers.map((one, key) => ({ ...one, key: key * 3 })));
  fc.assert(
    fc.property(fc.array(keyed, { maxLength: 3 }), (all) => {
      const bitmaps = new Map(all.map((containers, high) => [high, containers]));
      expect([...readRoaringTreemap(roaringTreemapBytes(bitmaps))]).toEqual(valuesOf(bitmaps));
    }),
    propertyRuns(100),
  );
});

it('refuses bytes that end too early, or begin otherwise', () => {
  const bytes = roaringTreemapBytes(new Map([[0, [{ key: 0, form: 'array', values: [1, 2, 3] }]]]));
  for (let length = 0; length < bytes.length; length += 1) {
    expect(() => [...readRoaringTreemap(bytes.subarray(0, length))]).toThrow(RangeError);
  }
  bytes.writeUInt32LE(5, 12);
  expect(() => [...readRoaringTreemap(bytes)]).toThrow('no cookie');
});
