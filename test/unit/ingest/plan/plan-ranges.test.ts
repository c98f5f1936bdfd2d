import { describe, expect, it } from 'vitest';
import { planRanges, type BatchLimits, type PartitionStanding } from '../../../../src/ingest/plan/plan-ranges.ts';

const topic = { topic: 'trips', topicId: 'id' };
const limits: BatchLimits = { maxBytes: 1_000_000, bytesPerOffset: 100, failOnDataLoss: true };

function standing(partition: number, stored: number, end: number, earliest = 0): PartitionStanding {
  return { partition, storedOffset: BigInt(stored), earliestOffset: BigInt(earliest), endOffset: BigInt(end) };
}

describe('planRanges', () => {
  it('takes everything below the limits and leaves out partitions with nothing new', () => {
    const plan = planRanges(topic, [standing(0, 10, 40), standing(1, 7, 7)], limits);
    expect(plan).toEqual({
      ranges: [{ ...topic, partition: 0, storedOffset: '10', startOffset: '10', endOffset: '40' }],
      lagOffsets: '0',
    });
  });

  it('takes only the name and the id of its lane: a plan with all positions in each range would burst its message', () => {
    const positions = [0, 1].map((partition) => ({ partition, offset: '0' }) as const);
    const lane = { ...topic, epoch: 1, nextBatch: 2, positions };
    const { ranges } = planRanges(lane, [standing(0, 0, 5), standing(1, 0, 5)], limits);
    expect(ranges.map((range) => Object.keys(range).toSorted())).toEqual(
      ranges.map(() => ['endOffset', 'partition', 'startOffset', 'storedOffset', 'topic', 'topicId']),
    );
  });

  it('shares maxOffsets in proportion to what each partition has, and starves none', () => {
    const plan = planRanges(topic, [standing(0, 0, 9000), standing(1, 0, 1000), standing(2, 0, 1)], {
      ...limits,
      maxOffsets: 100,
    });
    expect(plan.ranges.map((range) => range.endOffset)).toEqual(['89', '9', '1']);
    expect(plan.lagOffsets).toBe('9902');
  });

  it('turns maxBytes into offsets by the size of the last records', () => {
    const plan = planRanges(topic, [standing(0, 0, 100_000)], limits);
    expect(plan.ranges[0]?.endOffset).toBe('10000');
  });

  it('takes at least one offset however large records are', () => {
    const plan = planRanges(topic, [standing(0, 5, 10)], { ...limits, bytesPerOffset: 5_000_000 });
    expect(plan.ranges[0]?.endOffset).toBe('6');
  });

  it('refuses offsets that retention took, naming them', () => {
    expect(() => planRanges(topic, [standing(2, 10, 90, 50)], limits)).toThrow(/trips\/2: offsets \[10, 50\) are gone/);
  });

  it('starts at the earliest offset where the loss is accepted, and remembers where the table stood', () => {
    const plan = planRanges(topic, [standing(2, 10, 90, 50)], { ...limits, failOnDataLoss: false });
    expect(plan.ranges).toEqual([{ ...topic, partition: 2, storedOffset: '10', startOffset: '50', endOffset: '90' }]);
  });

  it('moves the table over an accepted loss even when nothing is left to read', () => {
    const plan = planRanges(topic, [standing(0, 10, 50, 50)], { ...limits, failOnDataLoss: false });
    expect(plan.ranges).toEqual([{ ...topic, partition: 0, storedOffset: '10', startOffset: '50', endOffset: '50' }]);
  });
});
