import { setTimeout as delay } from 'node:timers/promises';
import { storedPositions } from '../../delta/commit/offset-positions.ts';
import type { TableState } from '../../delta/table-state.ts';
import { BronzeError } from '../../errors.ts';
import type { KafkaReader } from '../../kafka/kafka-reader.ts';
import type { LanePosition } from '../../model/batch/batch.ts';
import { pathForTopic, type JobSpec } from '../../model/job/job-spec.ts';
import type { Connections } from '../connections.ts';
import { fileRequirementsOf } from './file-requirements.ts';
import { identifyLane } from '../lane/open-lane.ts';
import { LogEndWatch, offsetsBeyondEnd, pollIntervalMs, resetToLogEnd } from './log-end.ts';
import { furthestPositions, planOutputs } from '../outputs/plan-outputs.ts';
import { planRanges, type PartitionStanding } from './plan-ranges.ts';
import { shareRanges, shareWholeRanges } from './share-ranges.ts';
import { fetchBounds, type TopicBounds } from './starting-offsets.ts';
import type { PollOutcome, PollRequest } from '../../model/requests/lane-requests.ts';

const idlePollIntervalMs = 1000;
/** Not worth coming again for. */
const shortWaitMs = 5000;
/** Below this, a share of a batch is not worth a file of its own. */
const minOffsetsPerGroup = 10_000;
/** Until a batch has shown how large records are. */
const assumedBytesPerOffset = 1024;

export interface PollOptions {
  /** Shares that are worked on at a time. */
  readonly engines: number;
  readonly signal: AbortSignal;
  /** Default: yes. */
  readonly mayWait?: boolean;
}

/**
 * Waits until the trigger is due and the topic has something new, then plans the batch. Every look asks Kafka afresh,
 * so new partitions and a recreated topic are seen within a poll.
 * Throws WORKER_FULL where it would have to wait, and may not.
 */
export async function pollLane(
  connections: Connections,
  request: PollRequest,
  { engines, signal, mayWait = true }: PollOptions,
): Promise<PollOutcome> {
  const { spec, lane, notBeforeMs } = request;
  const kafka = connections.kafka(spec.source);
  // Another worker's clock may be ahead: never wait longer than the trigger says.
  const intervalMs = spec.trigger.kind === 'interval' ? spec.trigger.intervalMs : 0;
  const waitMs = Math.min(notBeforeMs - Date.now(), intervalMs);
  if (waitMs > shortWaitMs && !mayWait) throw workerFull(lane.topic);
  if (waitMs > 0) await delay(waitMs, undefined, { signal });
  // While this epoch lasts, nobody moves an output but a batch of this lane.
  const held = await furthestPositions(connections, spec, lane);
  const logEnds = new LogEndWatch(kafka, { topic: lane.topic, positions: held });
  for (let looks = 0; ; looks += 1) {
    const disagreement = await topicDisagreement(kafka, spec, lane);
    if (disagreement !== undefined) return { kind: 'reopen', reason: disagreement };
    const bounds = await fetchBounds(kafka, spec.source, lane.topic);
    const seen = await logEnds.look(bounds);
    if (seen.kind === 'unsure') {
      await nextLook(pollIntervalMs, signal);
      continue;
    }
    if (seen.kind === 'before') {
      if (spec.source.failOnDataLoss) throw offsetsBeyondEnd(lane.topic, seen.beyond);
      return { kind: 'logEndsBefore', reset: resetToLogEnd(lane.topic, seen.beyond) };
    }
    const { ranges, lagOffsets } = planRanges(lane, findStandings(lane, bounds), {
      maxBytes: spec.source.maxBytesPerTrigger,
      bytesPerOffset: lane.bytesPerOffset ?? assumedBytesPerOffset,
      failOnDataLoss: spec.source.failOnDataLoss,
      ...(spec.source.maxOffsetsPerTrigger === undefined ? {} : { maxOffsets: spec.source.maxOffsetsPerTrigger }),
    });
    if (ranges.length > 0) {
      const table = connections.table(pathForTopic(spec.table.path, lane.topic));
      const state = await table.refresh();
      const stale = tableDisagreement(state, spec, lane);
      if (stale !== undefined) return { kind: 'reopen', reason: stale };
      const { deduplicate } = spec.steps;
      const planned = await planOutputs(connections, { spec, lane, ranges, ends: bounds.latest });
      if (planned.kind === 'reopen') return planned;
      const { outputs, quietPartitions } = planned;
      // Duplicates are found where all rows of a batch come together; outputs have a watermark per topic partition.
      const share = outputs === undefined ? shareRanges : shareWholeRanges;
      const groups = share(ranges, deduplicate ? 1 : engines, minOffsetsPerGroup);
      const read = deduplicate?.scope === 'table' && state ? { readVersion: state.version } : {};
      const required = fileRequirementsOf(state, spec, table.store.root);
      const { topic, epoch, nextBatch: batch } = lane;
      const plannedAtMs = Date.now();
      return {
        kind: 'planned',
        plan: {
          ...{ job: spec.name, topic, batch, epoch, plannedAtMs, ranges, ...read, groups, lagOffsets },
          ...(required === undefined ? {} : { fileRequirements: required }),
          ...(lane.columnsCommitted === undefined ? {} : { columnsCommitted: lane.columnsCommitted }),
          ...(outputs === undefined ? {} : { outputs }),
          ...(quietPartitions === undefined ? {} : { quietPartitions }),
        },
      };
    }
    if (spec.trigger.kind === 'availableNow') return { kind: 'drained' };
    if (!mayWait) throw workerFull(lane.topic);
    await nextLook(looks < 20 ? pollIntervalMs : idlePollIntervalMs, signal);
  }
}

function workerFull(topic: string): BronzeError {
  const remedy = 'it looks again in some seconds, or another worker does. Start one more for it to wait';
  return new BronzeError('WORKER_FULL', `${topic}: as many lanes as this worker can hold wait here already; ${remedy}`);
}

/** Lanes look at the same moments, whenever they began: what they ask goes in a few requests for all of them. */
async function nextLook(intervalMs: number, signal: AbortSignal): Promise<void> {
  await delay(intervalMs - (Date.now() % intervalMs), undefined, { signal });
}

async function topicDisagreement(kafka: KafkaReader, spec: JobSpec, lane: LanePosition): Promise<string | undefined> {
  const { identity, partitions } = await identifyLane(kafka, spec, lane.topic);
  if (identity.topicId !== lane.topicId) return `topic ${lane.topic} was recreated`;
  const known = new Set(lane.positions.map(({ partition }) => partition));
  const added = partitions.filter((partition) => !known.has(partition));
  return added.length > 0 ? `topic ${lane.topic} has new partitions: ${added.join(', ')}` : undefined;
}

function findStandings(lane: LanePosition, bounds: TopicBounds): readonly PartitionStanding[] {
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
function tableDisagreement(state: TableState | undefined, spec: JobSpec, lane: LanePosition): string | undefined {
  const stored = storedPositions(state, { job: spec.name, topic: lane.topic, topicId: lane.topicId });
  if (stored.epoch !== lane.epoch)
    return `the table is at epoch ${String(stored.epoch)}, the lane at ${String(lane.epoch)}`;
  const other = lane.positions.find(({ partition, offset }) => stored.offsets.get(partition) !== offset);
  if (!other) return undefined;
  const held = stored.offsets.get(other.partition) ?? 'nothing';
  return `${lane.topic}/${String(other.partition)}: the table holds ${held}, the lane ${other.offset}`;
}
