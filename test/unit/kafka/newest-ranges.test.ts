import { describe, expect, it } from 'vitest';
import type { OffsetRange } from '../../../src/model/batch/offset-range.ts';
import { newestRanges } from '../../../src/kafka/newest-ranges.ts';

function range(partition: number, startOffset: number, endOffset: number): OffsetRange {
  return {
    topic: 'a',
    topicId: '',
    partition,
    startOffset: `${BigInt(startOffset)}`,
    endOffset: `${BigInt(endOffset)}`,
  };
}

const taken = (ranges: readonly OffsetRange[], most: number): string[] =>
  newestRanges(ranges, most).map(
    ({ partition, startOffset, endOffset }) => `${partition}[${startOffset}, ${endOffset})`,
  );

describe('the newest offsets', () => {
  it('are taken evenly from the ends', () => {
    expect(taken([range(0, 0, 100), range(1, 50, 100)], 20)).toEqual(['0[90, 100)', '1[90, 100)']);
  });

  it('make up for what other ranges do not have', () => {
    expect(taken([range(0, 0, 100), range(1, 5, 7), range(2, 3, 3), range(3, 0, 100)], 20)).toEqual([
      '0[91, 100)',
      '1[5, 7)',
      '3[91, 100)',
    ]);
  });

  it('are all that there is, where that is less', () => {
    expect(taken([range(0, 10, 12), range(1, 0, 1)], 1000)).toEqual(['0[10, 12)', '1[0, 1)']);
  });

  it('are never more than asked for, also with more ranges than offsets', () => {
    expect(taken([range(0, 0, 9), range(1, 0, 9), range(2, 0, 9)], 2)).toEqual(['0[8, 9)', '1[8, 9)']);
    expect(taken([range(0, 0, 9)], 0)).toEqual([]);
  });
});
