import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shareRanges, shareWholeRanges } from '../../../../src/ingest/plan/share-ranges.ts';
import { offsetCount, toOffset, type OffsetRange } from '../../../../src/model/batch/offset-range.ts';
import { propertyRuns } from '../../../support/property/property-runs.ts';

function range(partition: number, start: number, end: number): OffsetRange {
  return { topic: 't', topicId: 'id', partition, startOffset: toOffset(start), endOffset: toOffset(end) };
}

describe('shareRanges', () => {
  it('keeps a small batch in one group', () => {
    expect(shareRanges([range(0, 0, 10), range(1, 5, 9)], 4, 1000)).toEqual([
      { group: 0, ranges: [range(0, 0, 10), range(1, 5, 9)] },
    ]);
  });

  it('cuts one busy partition between the engines', () => {
    expect(shareRanges([range(0, 100, 300)], 2, 10)).toEqual([
      { group: 0, ranges: [range(0, 100, 200)] },
      { group: 1, ranges: [range(0, 200, 300)] },
    ]);
  });

  it('keeps an empty range, which only moves the table', () => {
    expect(shareRanges([range(3, 50, 50)], 2, 10)).toEqual([{ group: 0, ranges: [range(3, 50, 50)] }]);
  });

  it('covers every offset exactly once, in shares that differ by at most one offset', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 6 }), (sizes, maxGroups) => {
        const ranges = sizes.map((size, partition) => range(partition, partition * 7, partition * 7 + size));
        const groups = shareRanges(ranges, maxGroups, 1);
        const pieces = groups.flatMap((group) => group.ranges);
        for (const whole of ranges) {
          const own = pieces.filter((piece) => piece.partition === whole.partition);
          let next = whole.startOffset;
          for (const piece of own) {
            expect(piece.startOffset).toBe(next);
            next = piece.endOffset;
          }
          expect(next).toBe(whole.endOffset);
        }
        const counts = groups.map((group) => Number(group.ranges.reduce((sum, piece) => sum + offsetCount(piece), 0n)));
        expect(groups.length).toBeLessThanOrEqual(maxGroups);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
      propertyRuns(100),
    );
  });
});

describe('whole topic partitions', () => {
  it('are shared without being cut, the largest first', () => {
    const groups = shareWholeRanges([range(0, 0, 30), range(1, 0, 50), range(2, 0, 20), range(3, 0, 10)], 2, 1);
    expect(groups.map(({ ranges }) => ranges.map(({ partition }) => partition))).toEqual([
      [1, 3],
      [0, 2],
    ]);
    expect(groups.map(({ group }) => group)).toEqual([0, 1]);
    expect(shareWholeRanges([range(0, 0, 30), range(1, 0, 50)], 4, 100)).toHaveLength(1);
  });
});
