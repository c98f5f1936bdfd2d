import type { LaneProgress } from '../src/model/requests/job-progress.ts';

/** An answer, and the result of a job, must stay below 2 MiB. What a batch took of a topic partition are 100 bytes. */
const maxRanges = 5000;

/** Where a job has very many topic partitions, the last batches' ranges are left out: their details have them. */
export function boundedProgress(lanes: readonly LaneProgress[]): readonly LaneProgress[] {
  const ranges = lanes.reduce((sum, { lastBatch }) => sum + (lastBatch?.ranges.length ?? 0), 0);
  return ranges <= maxRanges ? lanes : lanes.map(withoutRanges);
}

/** Without what grows with the number of topic partitions, but for the positions. */
export function withoutRanges({ lastBatch, ...progress }: LaneProgress): LaneProgress {
  return lastBatch === undefined ? progress : { ...progress, lastBatch: { ...lastBatch, ranges: [] } };
}
