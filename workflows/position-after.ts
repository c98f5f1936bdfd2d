import type { LanePosition } from '../src/model/batch/batch.ts';
import type { MicroBatchResult } from './micro-batch.ts';

export type CommittedBatch = Extract<MicroBatchResult, { readonly kind: 'committed' }>;

/** Where a lane stands once a batch is committed, and what the next one is estimated with. */
export function positionAfter(position: LanePosition, { summary, schema }: CommittedBatch): LanePosition {
  const offsets = summary.ranges.reduce(
    (sum, range) => sum + Number(BigInt(range.endOffset) - BigInt(range.startOffset)),
    0,
  );
  const ends = new Map(summary.ranges.map((range) => [range.partition, range.endOffset]));
  return {
    ...position,
    nextBatch: position.nextBatch + 1,
    columnsCommitted: true,
    ...(schema === undefined ? {} : { schema }),
    positions: position.positions.map(({ partition, offset }) => ({
      partition,
      offset: ends.get(partition) ?? offset,
    })),
    ...(offsets > 0 ? { bytesPerOffset: summary.inputBytes / offsets } : {}),
  };
}
