import { setTimeout as delay } from 'node:timers/promises';
import { storedPositions } from '../delta/offset-positions.ts';
import type { KafkaReader } from '../kafka/kafka-reader.ts';
import type { LanePosition } from '../model/batch.ts';
import { pathForTopic, type JobSpec } from '../model/job-spec.ts';
import type { Connections } from './connections.ts';
import { identifyLane } from './open-lane.ts';
import { planRanges, type PartitionStanding } from './plan-ranges.ts';
import { shareRanges } from './share-ranges.ts';
import { fetchBounds } from './starting-offsets.ts';
import type { PollOutcome, PollRequest } from '../model/lane-requests.ts';

const pollIntervalMs = 250;
const idlePollIntervalMs = 1000;
/** Below this, a share of a batch is not worth a file of its own. */
const minOffsetsPerGroup = 10_000;
/** Until a batch has shown how large records are. */
const assumedBytesPerOffset = 1024;

/**
 * Waits until the trigger is due and the topic has something new, then plans the batch. Every look asks Kafka afresh,
 * so new partitions and a recreated topic are seen within a poll.
 */
export async function pollLane(
  connections: Connections,
  request: PollRequest,
  engines: number,
  signal: AbortSignal,
): Promise<PollOutcome> {
  const { spec, lane, notBeforeMs } = request;
  const kafka = connections.kafka(spec.source);
  // Another worker's clock may be ahead: never wait longer than the trigger says.
  const intervalMs = spec.trigger.kind === 'interval' ? spec.trigger.intervalMs : 0;
  const waitMs = Math.min(notBeforeMs - Date.now(), intervalMs);
  if (waitMs > 0) await delay(waitMs, undefined, { signal });
  for (let looks = 0; ; looks += 1) {
    const disagreement = await topicDisagreement(kafka, spec, lane);
    if (disagreement !== undefined) return { kind: 'reopen', reason: disagreement };
    const { ranges, lagOffsets } = planRanges(lane, await findStandings(kafka, spec, lane), {
      maxBytes: spec.source.maxBytesPerTrigger,
      bytesPerOffset: lane.bytesPerOffset ?? assumedBytesPerOffset,
      failOnDataLoss: spec.source.failOnDataLoss,
      ...(spec.source.maxOffsetsPerTrigger === undefined ? {} : { maxOffsets: spec.source.maxOffsetsPerTrigger }),
    });
    if (ranges.length > 0) {
      const stale = await tableDisagreement(connections, spec, lane);
      if (stale !== undefined) return { kind: 'reopen', reason: stale };
      const groups = shareRanges(ranges, engines, minOffsetsPerGroup);
      const { topic, epoch, nextBatch: batch } = lane;
      const plannedAtMs = Date.now();
      return {
        kind: 'planned',
        plan: {
          ...{ job: spec.name, topic, batch, epoch, plannedAtMs, ranges, groups, lagOffsets },
          ...(lane.columnsCommitted === undefined ? {} : { columnsCommitted: lane.columnsCommitted }),
        },
      };
    }
    if (spec.trigger.kind === 'availableNow') return { kind: 'drained' };
    await delay(looks < 20 ? pollIntervalMs : idlePollIntervalMs, undefined, { signal });
  }
}

async function topicDisagreement(kafka: KafkaReader, spec: JobSpec, lane: LanePosition): Promise<string | undefined> {
  const { identity, partitions } = await identifyLane(kafka, spec, lane.topic);
  if (identity.topicId !== lane.topicId) return `topic ${lane.topic} was recreated`;
  const known = new Set(lane.positions.map(({ partition }) => partition));
  const added = partitions.filter((partition) => !known.has(partition));
  return added.length > 0 ? `topic ${lane.topic} has new partitions: ${added.join(', ')}` : undefined;
}

async function findStandings(
  kafka: KafkaReader,
  spec: JobSpec,
  lane: LanePosition,
): Promise<readonly PartitionStanding[]> {
  const bounds = await fetchBounds(kafka, spec.source, lane.topic);
  const until = new Map(lane.until?.map(({ partition, offset }) => [partition, BigInt(offset)]));
  return lane.positions.map(({ partition, offset }) => {
    const storedOffset = BigInt(offset);
    return {
      partition,
      storedOffset,
      earliestOffset: bounds.earliest.get(partition) ?? storedOffset,
      endOffset: (lane.until ? until.get(partition) : bounds.latest.get(partition)) ?? storedOffset,
    };
  });
}

/** The workflow and the table each know the positions; a batch is planned only where they agree. */
async function tableDisagreement(
  connections: Connections,
  spec: JobSpec,
  lane: LanePosition,
): Promise<string | undefined> {
  const state = await connections.table(pathForTopic(spec.table.path, lane.topic)).refresh();
  const stored = storedPositions(state, { job: spec.name, topic: lane.topic, topicId: lane.topicId });
  if (stored.epoch !== lane.epoch)
    return `the table is at epoch ${String(stored.epoch)}, the lane at ${String(lane.epoch)}`;
  const other = lane.positions.find(({ partition, offset }) => stored.offsets.get(partition) !== offset);
  if (!other) return undefined;
  const held = stored.offsets.get(other.partition) ?? 'nothing';
  return `${lane.topic}/${String(other.partition)}: the table holds ${held}, the lane ${other.offset}`;
}
