import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FileKeySet } from '../../../../src/delta/log/file-key-set.ts';
import { propertyRuns } from '../../../support/property/property-runs.ts';

it('behaves as a set of texts', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 3 }), { maxLength: 200 }), (keys) => {
      const [known, set] = [new Set<string>(), new FileKeySet(2)];
      for (const key of keys) {
        expect(set.has(key)).toBe(known.has(key));
        expect(set.add(key)).toBe(!known.has(key));
        known.add(key);
      }
      expect(set.size).toBe(known.size);
    }),
    propertyRuns(100),
  );
});

it('takes 32 bytes for a key, however long the keys are', () => {
  const set = new FileKeySet();
  const before = process.memoryUsage().arrayBuffers;
  const folder = 'a-long-folder-name/'.repeat(20);
  for (let file = 0; file < 100_000; file += 1) expect(set.add(`${folder}${file}`)).toBe(true);
  expect(set.add(`${folder}99999`)).toBe(false);
  expect(set.size).toBe(100_000);
  // The old words may not be collected yet: 4 + 2 + 1 … MB.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
});
