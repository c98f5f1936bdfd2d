import { batchAppIdOf, epochAppIdOf, parseAppId } from '../model/app-id.ts';
import type { Offset, TopicPartition } from '../model/offset-range.ts';
import type { TableState } from './table-state.ts';

/** One incarnation of a topic, as one job ingests it into one table. */
export interface LaneIdentity {
  readonly job: string;
  readonly topic: string;
  readonly topicId: string;
}

/** What a table's `txn` actions say about a lane: the table is the checkpoint (invariant 1). */
export interface StoredPositions {
  readonly lane: LaneIdentity;
  /** Exclusive end offset per partition; none for a partition that this job never ingested. */
  readonly offsets: ReadonlyMap<number, Offset>;
  /** The epoch of whoever opened the lane last; `undefined` before anybody did. */
  readonly epoch: number | undefined;
  /** The number of the lane's last batch. */
  readonly lastBatch: number | undefined;
  /** Partitions of the same topic that another job ingests into this table. */
  readonly otherJobs: readonly ForeignClaim[];
  /** Topic ids under which this job ingested a topic of the same name before: it was deleted and made anew. */
  readonly otherTopicIds: readonly string[];
}

export interface ForeignClaim extends TopicPartition {
  readonly job: string;
  readonly offset: Offset;
}

/** A claim with a negative version is given up: `txn` actions can be replaced, never removed. */
export function storedPositions(state: Pick<TableState, 'txns'> | undefined, lane: LaneIdentity): StoredPositions {
  const offsets = new Map<number, Offset>();
  const otherJobs: ForeignClaim[] = [];
  const otherTopicIds = new Set<string>();
  const txns: ReadonlyMap<string, Offset> = state?.txns ?? new Map();
  for (const [appId, offset] of txns) {
    const claim = parseAppId(appId);
    if (claim?.topic !== lane.topic || offset.startsWith('-')) continue;
    if (claim.job !== lane.job) {
      if (claim.topicId === lane.topicId) otherJobs.push({ ...claim, offset });
    } else if (claim.topicId === lane.topicId) offsets.set(claim.partition, offset);
    else otherTopicIds.add(claim.topicId);
  }
  return {
    lane: { job: lane.job, topic: lane.topic, topicId: lane.topicId },
    offsets,
    epoch: numberOf(txns.get(epochAppIdOf(lane.job, lane.topic))),
    lastBatch: numberOf(txns.get(batchAppIdOf(lane.job, lane.topic))),
    otherJobs,
    otherTopicIds: [...otherTopicIds],
  };
}

function numberOf(version: Offset | undefined): number | undefined {
  return version === undefined ? undefined : Number(version);
}
