import {
  nextBatchAfter,
  storedPositions,
  type LaneIdentity,
  type StoredPositions,
} from '../../delta/commit/offset-positions.ts';
import type { TableState } from '../../delta/table-state.ts';
import { BronzeError } from '../../errors.ts';
import type { KafkaReader } from '../../kafka/kafka-reader.ts';
import { appIdOf, epochAppIdOf } from '../../model/table/app-id.ts';
import type { LanePosition, PartitionOffset } from '../../model/batch/batch.ts';
import type { LaneOpenedNote } from '../../model/table/commit-note.ts';
import { pathForTopic, type JobSpec } from '../../model/job/job-spec.ts';
import { withLaneSchema } from '../../model/batch/lane-schema.ts';
import { toOffset } from '../../model/batch/offset-range.ts';
import { assertMirrorAgrees } from '../commit/checkpoint-mirror.ts';
import { describeCommit } from '../commit/commit-info.ts';
import type { Connections } from '../connections.ts';
import { newTableOf } from './create-table.ts';
import { givenUpClaims } from './given-up-claims.ts';
import { assertLaneIsOurs, assertTableFits } from './lane-rules.ts';
import type { LaneContext } from './lane-context.ts';
import { laneSchemaFor } from '../schema/settle-schema.ts';
import { nextEpoch } from './next-epoch.ts';
import { openOutputs } from '../outputs/open-outputs.ts';
import { discardUncommittedDeadLetters } from '../commit/pending-dead-letters.ts';
import { sweepStagedFiles } from '../commit/staged-files.ts';
import { fetchBounds, resolvePosition } from '../plan/starting-offsets.ts';
import type { OpenLaneRequest } from '../../model/requests/lane-requests.ts';
import { pastOf } from './lane-past.ts';

/**
 * Settles where a lane stands. It commits a new epoch, which fences whatever still works on the lane: also attempts of a
 * batch that the same run has given up, as what they have committed in other tables is taken out. The same commit creates
 * the table if there is none, and writes down where each new partition starts, so that a crash before the first batch
 * cannot change that.
 * @throws BronzeError TOPIC_NOT_FOUND, TOPIC_RECREATED, TABLE_SCHEMA_MISMATCH, TABLE_OWNED_BY_ANOTHER_JOB, LANE_FENCED,
 * OFFSETS_DISAGREE, OFFSETS_LOST.
 */
export async function openLane(context: LaneContext, request: OpenLaneRequest): Promise<LanePosition> {
  const { connections } = context;
  const { topic } = request;
  const kafka = connections.kafka(request.spec.source);
  const lane = await identifyLane(kafka, request.spec, topic);
  const table = connections.table(pathForTopic(request.spec.table.path, topic));
  const base = await table.refresh();
  const previous = await pastOf(table, lane.identity, request);
  const schema = laneSchemaFor(base, request.spec, previous);
  const spec = withLaneSchema(request.spec, schema);
  if (base) assertTableFits(base, spec, table.store.root, previous?.columnsCommitted);
  const stored = storedPositions(base, lane.identity);
  assertLaneIsOurs(lane.identity, stored, table.store.root, previous);
  if (!previous) await assertMirrorAgrees(table, spec, topic);
  if (stored.otherTopicIds.length > 0 && spec.source.failOnDataLoss) throw topicRecreated(lane.identity, stored);

  const starts = await startsOfNewPartitions(kafka, spec, lane, stored);
  // Whoever cancelled this opens the lane again, and must not be fenced by it.
  context.signal.throwIfAborted();
  const { opener } = request;
  // A run of an older release cannot be told from another one once it has a new epoch.
  const epoch =
    previous && opener === undefined ? previous.epoch : await nextEpoch({ connections, spec }, lane.identity, stored);
  const mustCommit = epoch !== previous?.epoch || starts.length > 0;
  const opening = { connections, spec, lane, base, stored, starts, epoch, ...(opener === undefined ? {} : { opener }) };
  const state = mustCommit ? await commitOpening(opening) : base;
  const position = await positionOf(kafka, spec, lane.identity, state, previous);
  await discardUncommittedDeadLetters(context, position);
  await openOutputs({ ...context, spec }, position);
  for (const { path } of [spec.table, spec.deadLetter]) {
    await sweepStagedFiles(connections.table(pathForTopic(path, topic)).store, spec.name, position);
  }
  const { schema: _before, ...rest } = position;
  return schema === undefined ? rest : { ...rest, schema };
}

interface LaneTopic {
  readonly identity: LaneIdentity;
  readonly partitions: readonly number[];
}

export async function identifyLane(kafka: KafkaReader, spec: JobSpec, topic: string): Promise<LaneTopic> {
  const description = (await kafka.describeTopics([topic])).get(topic);
  if (description) {
    return { identity: { job: spec.name, topic, topicId: description.topicId }, partitions: description.partitions };
  }
  throw new BronzeError('TOPIC_NOT_FOUND', `no topic named ${topic} on ${spec.source.bootstrapServers.join(',')}`);
}

/** A lane that was never opened starts where the job says; partitions that appear later start at their beginning. */
async function startsOfNewPartitions(
  kafka: KafkaReader,
  spec: JobSpec,
  lane: LaneTopic,
  stored: StoredPositions,
): Promise<readonly PartitionOffset[]> {
  const isNew = ({ partition }: PartitionOffset): boolean => !stored.offsets.has(partition);
  if (!lane.partitions.some((partition) => isNew({ partition, offset: '0' }))) return [];
  const { source } = spec;
  const wasOpened = stored.offsets.size > 0 || stored.otherTopicIds.length > 0;
  const position = wasOpened ? ({ kind: 'earliest' } as const) : source.startingOffsets;
  return (await resolvePosition(kafka, source, lane.identity.topic, position)).filter(isNew);
}

interface Opening {
  readonly connections: Connections;
  readonly spec: JobSpec;
  readonly lane: LaneTopic;
  readonly base: TableState | undefined;
  readonly stored: StoredPositions;
  readonly starts: readonly PartitionOffset[];
  readonly epoch: number;
  readonly opener?: string;
}

async function commitOpening(opening: Opening): Promise<TableState> {
  const { connections, spec, lane, base, stored, starts, epoch, opener } = opening;
  const { identity } = lane;
  const table = connections.table(pathForTopic(spec.table.path, identity.topic));
  const note: LaneOpenedNote = {
    kind: 'laneOpened',
    ...identity,
    epoch,
    starts,
    ...(opener === undefined ? {} : { opener }),
  };
  const outcome = await table.commit({
    base,
    onTableChange: 'recheck',
    // Whoever came in between may have claimed the lane: look at everything again.
    check: (latest) =>
      storedPositions(latest, identity).epoch === stored.epoch && !!latest === !!base ? undefined : 'overtaken',
    actions: (latest) => [
      ...(latest ? [] : newTableOf(spec)),
      { txn: { appId: epochAppIdOf(identity.job, identity.topic), version: toOffset(epoch) } },
      ...starts.map(({ partition, offset }) => ({
        txn: { appId: appIdOf(identity.job, { ...identity, partition }), version: offset },
      })),
      ...givenUpClaims(latest, identity),
    ],
    commitInfo: describeCommit(note),
  });
  if (outcome.kind === 'committed') return outcome.state;
  throw new BronzeError(
    'TABLE_CHANGED',
    `${table.store.root}: another writer opened the lane of ${identity.topic} at the same time`,
  );
}

/** What the table says, plus what only a run remembers. */
export async function positionOf(
  kafka: KafkaReader,
  spec: JobSpec,
  identity: LaneIdentity,
  state: TableState | undefined,
  previous: LanePosition | undefined,
): Promise<LanePosition> {
  const stored = storedPositions(state, identity);
  // A recreated topic ends elsewhere than its predecessor did.
  const known = previous?.topicId === identity.topicId ? previous.until : undefined;
  const until = spec.trigger.kind === 'availableNow' ? (known ?? (await fetchEnds(kafka, spec, identity))) : undefined;
  return {
    topic: identity.topic,
    topicId: identity.topicId,
    epoch: stored.epoch ?? 0,
    nextBatch: nextBatchAfter(stored.lastBatch),
    positions: [...stored.offsets]
      .map(([partition, offset]) => ({ partition, offset }))
      .toSorted((a, b) => a.partition - b.partition),
    ...(until === undefined ? {} : { until }),
    ...(previous?.bytesPerOffset === undefined ? {} : { bytesPerOffset: previous.bytesPerOffset }),
    ...(previous?.schema === undefined ? {} : { schema: previous.schema }),
    ...(previous?.columnsCommitted === undefined ? {} : { columnsCommitted: previous.columnsCommitted }),
  };
}

async function fetchEnds(
  kafka: KafkaReader,
  spec: JobSpec,
  identity: LaneIdentity,
): Promise<readonly PartitionOffset[]> {
  const { latest } = await fetchBounds(kafka, spec.source, identity.topic);
  return [...latest].map(([partition, offset]) => ({ partition, offset: toOffset(offset) }));
}

function topicRecreated(lane: LaneIdentity, stored: StoredPositions): BronzeError {
  return new BronzeError(
    'TOPIC_RECREATED',
    `topic ${lane.topic} was deleted and created anew: the table was filled from topic id ${stored.otherTopicIds.join(', ')}, ` +
      `and the topic has id ${lane.topicId} now. To go on with the new one from its beginning, set ` +
      'source.failOnDataLoss: false, or reset the checkpoint.',
  );
}
