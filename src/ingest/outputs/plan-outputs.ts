import { storedPositions, type LaneIdentity } from '../../delta/commit/offset-positions.ts';
import type { BatchPlan, LanePosition, PlannedRange } from '../../model/batch/batch.ts';
import { pathForTopic, type JobSpec } from '../../model/job/job-spec.ts';
import type { OutputPlan } from '../../model/outputs/output-batch.ts';
import type { OutputSpec } from '../../model/outputs/output-spec.ts';
import type { Connections } from '../connections.ts';
import type { HeldPosition } from '../plan/log-end.ts';
import { readHead } from './output-head.ts';

export interface OutputsToPlan {
  readonly spec: JobSpec;
  readonly lane: LanePosition;
  readonly ranges: readonly PlannedRange[];
  /** Where the topic partitions end now. */
  readonly ends: ReadonlyMap<number, bigint>;
}

export type PlannedOutputs =
  | ({ readonly kind: 'planned' } & Pick<BatchPlan, 'outputs' | 'quietPartitions'>)
  /** An output does not stand where the lane believes. */
  | { readonly kind: 'reopen'; readonly reason: string };

/** What the next batch must know of the job's outputs. */
export async function planOutputs(connections: Connections, request: OutputsToPlan): Promise<PlannedOutputs> {
  const { spec, lane, ends } = request;
  if (spec.outputs === undefined || spec.outputs.length === 0) return { kind: 'planned' };
  const outputs: OutputPlan[] = [];
  for (const output of spec.outputs) {
    const planned = await planOutput(connections, request, output);
    if ('reason' in planned) return { kind: 'reopen', reason: planned.reason };
    outputs.push(planned);
  }
  const quietPartitions = lane.positions
    .filter(({ partition, offset }) => (ends.get(partition) ?? 0n) <= BigInt(offset))
    .map(({ partition }) => partition);
  return { kind: 'planned', outputs, quietPartitions };
}

async function planOutput(
  connections: Connections,
  { spec, lane, ranges }: OutputsToPlan,
  { name, path }: OutputSpec,
): Promise<OutputPlan | { readonly reason: string }> {
  const table = connections.table(pathForTopic(path, lane.topic));
  const state = await table.refresh();
  const identity: LaneIdentity = { job: spec.name, topic: lane.topic, topicId: lane.topicId };
  const stored = storedPositions(state, identity);
  const head = readHead(state, identity, table.store.root);
  if (stored.epoch !== lane.epoch || head?.topicId !== lane.topicId) {
    return { reason: `the output ${name} is not open at epoch ${String(lane.epoch)}` };
  }
  const behind = lane.positions.find(
    ({ partition, offset }) => BigInt(stored.offsets.get(partition) ?? -1) < BigInt(offset),
  );
  if (behind) return { reason: `the output ${name} lies behind in topic partition ${String(behind.partition)}` };
  const greatest = new Map(head.partitions.map((standing) => [standing.partition, standing.greatestEventTimeUs]));
  return {
    name,
    partitions: ranges.map(({ partition, storedOffset }) => {
      const greatestEventTimeUs = greatest.get(partition);
      const fromOffset = stored.offsets.get(partition) ?? storedOffset;
      return { partition, fromOffset, ...(greatestEventTimeUs === undefined ? {} : { greatestEventTimeUs }) };
    }),
    ...(head.closedThroughUs === undefined ? {} : { closedThroughUs: head.closedThroughUs }),
    ...(head.orderBase === undefined ? {} : { orderBase: head.orderBase }),
  };
}

/**
 * How far each topic partition has been ingested, by the job's table or by an output that is ahead of it. Outputs that are
 * not open at the lane's epoch, where that is given, are still to be brought in line.
 */
export async function furthestPositions(
  connections: Connections,
  { name: job, outputs = [] }: JobSpec,
  {
    topic,
    topicId,
    epoch,
    positions,
  }: Pick<LanePosition, 'topic' | 'topicId' | 'positions'> & { readonly epoch?: number },
): Promise<readonly HeldPosition[]> {
  const furthest = new Map<number, HeldPosition>(positions.map((position) => [position.partition, position]));
  for (const { name: output, path } of outputs) {
    const stored = storedPositions(await connections.table(pathForTopic(path, topic)).refresh(), {
      job,
      topic,
      topicId,
    });
    if (epoch !== undefined && stored.epoch !== epoch) continue;
    for (const [partition, offset] of stored.offsets) {
      if (BigInt(offset) > BigInt(furthest.get(partition)?.offset ?? -1)) {
        furthest.set(partition, { partition, offset, output });
      }
    }
  }
  return [...furthest.values()];
}
