import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Segment } from '../../../src/verify/coverage.ts';
import { countGroups, coveredWindows } from '../../../src/verify/windows.ts';
import { propertyRuns } from '../../support/property/property-runs.ts';

const span = (startOffset: number, endOffset: number): { startOffset: bigint; endOffset: bigint } => ({
  startOffset: BigInt(startOffset),
  endOffset: BigInt(endOffset),
});

const segment = (startOffset: number, endOffset: number, rows: number | undefined): Segment => ({
  ...span(startOffset, endOffset),
  version: startOffset,
  counts: rows === undefined ? undefined : { rows, deadLetters: 0, drops: 0 },
});

const spans = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 10 })).map(([at, size]) => span(at, at + size)),
);

describe('covered windows', () => {
  test('join neighbours and count overlaps', () => {
    const windows = coveredWindows([span(0, 5), span(5, 10), span(8, 12), span(20, 20)]);
    expect(windows.map(({ startOffset, endOffset, copies }) => [startOffset, endOffset, copies])).toEqual([
      [0n, 8n, 1],
      [8n, 10n, 2],
      [10n, 12n, 1],
    ]);
  });

  test('keep offsets of a deleted topic apart', () => {
    const windows = coveredWindows([span(4, 8)], [span(0, 6)]);
    expect(windows.map(({ startOffset, copies, pastCopies }) => [startOffset, copies, pastCopies])).toEqual([
      [0n, 1, 1],
      [4n, 2, 1],
      [6n, 1, 0],
    ]);
  });

  test('hold every offset exactly as often as the segments do, in order and disjoint', () => {
    fc.assert(
      fc.property(spans, spans, (current, past) => {
        const windows = coveredWindows(current, past);
        for (let offset = 0n; offset < 45n; offset += 1n) {
          const covers = (one: { startOffset: bigint; endOffset: bigint }): boolean =>
            one.startOffset <= offset && offset < one.endOffset;
          const [window, ...others] = windows.filter(covers);
          expect(others).toEqual([]);
          expect(window?.copies ?? 0).toBe([...current, ...past].filter(covers).length);
          expect(window?.pastCopies ?? 0).toBe(past.filter(covers).length);
        }
      }),
      propertyRuns(100),
    );
  });
});

describe('count groups', () => {
  test('keep segments apart that do not overlap, and sum those that do', () => {
    const groups = countGroups([segment(0, 5, 5), segment(5, 20, 15), segment(10, 25, 15), segment(25, 30, 5)]);
    expect(groups.map(({ startOffset, endOffset, counts }) => [startOffset, endOffset, counts.rows])).toEqual([
      [0n, 5n, 5],
      [5n, 25n, 30],
      [25n, 30n, 5],
    ]);
  });

  test('leave out a group with an unknown count, and no other', () => {
    const groups = countGroups([segment(0, 5, undefined), segment(3, 6, 3), segment(6, 9, 3)]);
    expect(groups.map(({ startOffset }) => startOffset)).toEqual([6n]);
  });
});
