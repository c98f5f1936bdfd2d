import { describe, expect, it } from 'vitest';
import { closedThroughAfter, type ClosingFacts } from '../../../../src/ingest/outputs/closed-through.ts';

const window = { delayMs: 1, idleAfterMs: 60_000 };
const nowMs = 1_000_000;

function closed(
  facts: Partial<ClosingFacts>,
  rule: { delayMs: number; idleAfterMs?: number } = window,
): bigint | undefined {
  return closedThroughAfter(rule, {
    partitions: [
      { partition: 0, greatestEventTimeUs: '9000', lastReadAtMs: nowMs },
      { partition: 1, greatestEventTimeUs: '5000', lastReadAtMs: nowMs },
    ],
    quietPartitions: [],
    knownPartitions: [0, 1],
    plannedAtMs: nowMs,
    beforeUs: undefined,
    ...facts,
  });
}

describe('windows are closed', () => {
  it('through the least watermark of the topic partitions', () => {
    expect(closed({})).toBe(4000n);
  });

  it('never less far than before', () => {
    expect(closed({ beforeUs: 7000n })).toBe(7000n);
    expect(closed({ beforeUs: 3000n })).toBe(4000n);
  });

  it('without regard to a topic partition that was read to its end and is idle', () => {
    const partitions = [
      { partition: 0, greatestEventTimeUs: '9000', lastReadAtMs: nowMs },
      { partition: 1, greatestEventTimeUs: '5000', lastReadAtMs: nowMs - 60_000 },
    ];
    expect(closed({ partitions, quietPartitions: [1] })).toBe(8000n);
    expect(closed({ partitions })).toBe(4000n);
    expect(closed({ partitions, quietPartitions: [1] }, { delayMs: 1 })).toBe(4000n);
  });

  it('without regard to a topic partition that never had a record, unless it has some by now', () => {
    expect(closed({ knownPartitions: [0, 1, 2], quietPartitions: [2] })).toBe(4000n);
    expect(closed({ knownPartitions: [0, 1, 2] })).toBeUndefined();
  });

  it('not at all while a topic partition has records and no event time', () => {
    const partitions = [
      { partition: 0, greatestEventTimeUs: '9000', lastReadAtMs: nowMs },
      { partition: 1, lastReadAtMs: nowMs },
    ];
    expect(closed({ partitions })).toBeUndefined();
    expect(closed({ partitions, beforeUs: 2000n })).toBe(2000n);
  });
});
