import fc from 'fast-check';
import { expect, it } from 'vitest';
import { WeightedTurns } from '../../../src/samples/weighted-turns.ts';
import { propertyRuns } from '../../support/property/property-runs.ts';

const weights = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 9 });

it('adds up, stays close to the weights and never takes a turn back', () => {
  fc.assert(
    fc.property(weights, fc.nat(100_000), (w, turns) => {
      const sum = w.reduce((a, b) => a + b, 0);
      const turnsOf = new WeightedTurns(w);
      const [before, after] = [turnsOf.countsAfter(turns), turnsOf.countsAfter(turns + 1)];
      expect(before.reduce((a, b) => a + b, 0)).toBe(turns);
      before.forEach((count, i) => {
        expect(Math.abs(count - (turns * (w[i] ?? 0)) / sum)).toBeLessThanOrEqual(w.length);
        expect((after[i] ?? 0) - count).toBeGreaterThanOrEqual(0);
      });
    }),
    propertyRuns(100),
  );
});

it('gives everybody exactly their weight in a cycle', () => {
  expect(new WeightedTurns([5, 1, 2]).countsAfter(8)).toEqual([5, 1, 2]);
  expect(new WeightedTurns([5, 1, 2]).countsAfter(80)).toEqual([50, 10, 20]);
});
