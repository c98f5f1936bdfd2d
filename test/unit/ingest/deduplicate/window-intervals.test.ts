import { expect, it } from 'vitest';
import { overlapsAny, windowIntervals } from '../../../../src/ingest/deduplicate/window-intervals.ts';

it('reaches over both ends of a batch by the width of the window', () => {
  expect(windowIntervals({ first: 100n, last: 200n }, [], 30n)).toEqual([{ first: 70n, last: 230n }]);
});

it('leaves out what lies between a batch and its outliers', () => {
  const gaps = [
    { before: 200n, after: 9_000n },
    { before: -5_000n, after: 100n },
  ];
  expect(windowIntervals({ first: -5_000n, last: 9_000n }, gaps, 30n)).toEqual([
    { first: -5_030n, last: -4_970n },
    { first: 70n, last: 230n },
    { first: 8_970n, last: 9_030n },
  ]);
});

it('counts a touch as an overlap', () => {
  const intervals = [{ first: 10n, last: 20n }];
  expect(overlapsAny({ first: 20n, last: 30n }, intervals)).toBe(true);
  expect(overlapsAny({ first: 0n, last: 10n }, intervals)).toBe(true);
  expect(overlapsAny({ first: 21n, last: 30n }, intervals)).toBe(false);
  expect(overlapsAny({ first: 0n, last: 100n }, intervals)).toBe(true);
});
