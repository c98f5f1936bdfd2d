import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CountedBatches } from '../../../../src/observe/metrics/counted-batches.ts';

test('the attempt that commits a batch counts it; one of another process that finds it committed does not', () => {
  const [ours, theirs] = [new CountedBatches(), new CountedBatches()];
  ours.begin('lane', '1/7');
  theirs.begin('lane', '1/7');
  expect(ours.end('lane', '1/7', false)).toBe(true);
  expect(theirs.end('lane', '1/7', true)).toBe(false);
});

test('a commit that its own attempt did not hear of is counted by the next one', () => {
  const batches = new CountedBatches();
  batches.begin('lane', '1/7');
  batches.begin('lane', '1/7');
  expect(batches.end('lane', '1/7', true)).toBe(true);
});

test('an attempt that was given up, and ends after the next batch has begun, counts what it has committed', () => {
  const batches = new CountedBatches();
  batches.begin('lane', '1/7');
  batches.begin('lane', '2/7');
  expect(batches.end('lane', '1/7', false)).toBe(true);
  expect(batches.end('lane', '2/7', false)).toBe(true);
});

test('attempts of one process, however they overlap, count a batch that it commits exactly once', () => {
  const lanes = fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(lanes, fc.array(fc.nat({ max: 5 })), (attempts, order) => {
      const batches = new CountedBatches();
      const counted = new Map<string, number>();
      const committed = new Set<string>();
      const open = [...attempts];
      for (const lane of attempts) batches.begin(lane, '1/0');
      while (open.length > 0) {
        const [lane = ''] = open.splice((order.pop() ?? 0) % open.length, 1);
        // The table lets one of them through.
        const isCounted = batches.end(lane, '1/0', committed.has(lane));
        committed.add(lane);
        if (isCounted) counted.set(lane, (counted.get(lane) ?? 0) + 1);
      }
      expect([...counted.values()].every((times) => times === 1)).toBe(true);
      expect(new Set(counted.keys())).toEqual(new Set(attempts));
    }),
  );
});
