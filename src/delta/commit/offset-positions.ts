import { batchAppIdOf, batchEpochAppIdOf, discardAppIdOf, epochAppIdOf, parseAppId } from '../../model/table/app-id.ts';
import type { Offset, TopicPartition } from '../../model/batch/offset-range.ts';
import type { TableState } from '../table-state.ts';

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
  /** The epoch in which that was committed. */
  readonly lastBatchEpoch: number | undefined;
  /** Is a reset that discarded rows the last that moved the lane's offsets? */
  readonly lastMoveDiscarded: boolean;
  /** Partitions of the same topic that another job ingests into this table. */
  readonly otherJobs: readonly ForeignClaim[];
  /** Topic ids under which this job ingested a topic of the same name before: it was deleted and made anew. */
  readonly otherTopicIds: readonly string[];
}

export interface ForeignClaim extends TopicPartition {
  readonly job: string;
  readonly offset: Offset;
}

/** What this job holds from earlier topics of the same name, given up or not. */
export function predecessorClaims(
  state: Pick<TableState, 'txns'> | undefined,
  { job, topic, topicId }: LaneIdentity,
): readonly (ForeignClaim & { readonly appId: string })[] {
  return [...(state?.txns ?? [])].flatMap(([appId, offset]) => {
    const claim = parseAppId(appId);
    const isPredecessor = claim?.job === job && claim.topic === topic && claim.topicId !== topicId;
    return isPredecessor ? [{ ...claim, appId, offset }] : [];
  });
}

export function isGivenUp(offset: Offset): boolean {
  return offset.startsWith('-');
}

/** A claim with a negative version is given up: `txn` actions can be replaced, never removed. */
export function storedPositions(state: Pick<TableState, 'txns'> | undefined, lane: LaneIdentity): StoredPositions {
  const offsets = new Map<number, Offset>();
  const otherJobs: ForeignClaim[] = [];
  const txns: ReadonlyMap<string, Offset> = state?.txns ?? new Map();
  for (const [appId, offset] of txns) {
    const claim = parseAppId(appId);
    if (claim?.topic !== lane.topic || claim.topicId !== lane.topicId || isGivenUp(offset)) continue;
    if (claim.job === lane.job) offsets.set(claim.partition, offset);
    else otherJobs.push({ ...claim, offset });
  }
  const lastBatch = numberOf(txns.get(batchAppIdOf(lane.job, lane.topic)));
  const discardedBefore = numberOf(txns.get(discardAppIdOf(lane.job, lane.topic)));
  const predecessors = predecessorClaims(state, lane).filter(({ offset }) => !isGivenUp(offset));
  return {
    lane: { job: lane.job, topic: lane.topic, topicId: lane.topicId },
    offsets,
    epoch: numberOf(txns.get(epochAppIdOf(lane.job, lane.topic))),
    lastBatch,
    lastBatchEpoch: numberOf(txns.get(batchEpochAppIdOf(lane.job, lane.topic))),
    lastMoveDiscarded: discardedBefore === nextBatchAfter(lastBatch),
    otherJobs,
    otherTopicIds: [...new Set(predecessors.map(({ topicId }) => topicId))],
  };
}

/** Batches of a lane are numbered from 0. */
export function nextBatchAfter(lastBatch: number | undefined): number {
  return (lastBatch ?? -1) + 1;
}

function numberOf(version: Offset | undefined): number | undefined {
  return version === undefined ? undefined : Number(version);
}
