import { setTimeout as delay } from 'node:timers/promises';
import type { Action } from '../../delta/actions.ts';
import {
  nextBatchAfter,
  predecessorClaims,
  storedPositions,
  type LaneIdentity,
  type StoredPositions,
} from '../../delta/commit/offset-positions.ts';
import type { TableState } from '../../delta/table-state.ts';
import { BronzeError } from '../../errors.ts';
import {
  appIdOf,
  discardAppIdOf,
  epochAppIdOf,
  keptResetAppIdOf,
  logEndAppIdOf,
  parseAppId,
} from '../../model/table/app-id.ts';
import type { LanePosition, PartitionOffset } from '../../model/batch/batch.ts';
import type { ResetNote } from '../../model/table/commit-note.ts';
import { pathForTopic, type JobSpec } from '../../model/job/job-spec.ts';
import { withLaneSchema } from '../../model/batch/lane-schema.ts';
import { toOffset } from '../../model/batch/offset-range.ts';
import type { ResetRequest } from '../../model/requests/reset-request.ts';
import { describeCommit } from '../commit/commit-info.ts';
import type { TableHandle } from '../connections.ts';
import { discardActions } from '../discard/discard-rows.ts';
import { assertLaneIsOurs, isSameStanding } from './lane-rules.ts';
import { givenUpClaims } from './given-up-claims.ts';
import { identifyLane, openLane, positionOf } from './open-lane.ts';
import type { LaneContext } from './lane-context.ts';
import { discardUncommittedDeadLetters, moveDeadLetters, movesBack } from '../commit/pending-dead-letters.ts';
import { assertOutputsBeginAnew } from '../outputs/align-output.ts';
import { openOutputs } from '../outputs/open-outputs.ts';
import { furthestPositions } from '../outputs/plan-outputs.ts';
import { LogEndWatch, pollIntervalMs } from '../plan/log-end.ts';
import { nextEpoch } from './next-epoch.ts';
import { laneSchemaFor } from '../schema/settle-schema.ts';
import { fetchBounds, resolvePosition } from '../plan/starting-offsets.ts';
import type { CoordinateColumns } from '../discard/discard-request.ts';
import type { ResetLaneRequest } from '../../model/requests/lane-requests.ts';
import { lastReset, pastOf } from './lane-past.ts';

/**
 * Moves a lane to where the request says, in one commit that also takes the rows from there on out of the table when
 * they are to be discarded. A new epoch fences what was planned before. The dead-letter table is brought in line first, and
 * where rows are kept set back, as it may lie behind; what lies beyond after the move is taken out, as when a lane is opened.
 * Safe to repeat with the same `resetId`.
 * @throws BronzeError RESET_INVALID, OFFSETS_LOST, LANE_FENCED, TABLE_OWNED_BY_ANOTHER_JOB.
 */
export async function resetLane(context: LaneContext, reset: ResetLaneRequest): Promise<LanePosition> {
  const { connections, spec } = context;
  const { topic } = reset;
  const table = connections.table(pathForTopic(spec.table.path, topic));
  if (!(await table.refresh())) await openLane(context, { spec, topic });
  const base = await table.refresh();
  if (!base) throw new BronzeError('TABLE_NOT_FOUND', `${table.store.root}: the table has gone`);

  const kafka = connections.kafka(spec.source);
  const { identity } = await identifyLane(kafka, spec, topic);
  // An earlier attempt may have gone through, and was not heard of.
  const isDone = (await lastReset(table, identity, reset))?.resetId === reset.resetId;
  const state = isDone ? base : await moveLane(context, { table, base, identity, reset });
  const { bytesPerOffset } = reset.previous ?? {};
  const position: LanePosition = {
    ...(await positionOf(kafka, spec, identity, state, undefined)),
    ...(bytesPerOffset === undefined ? {} : { bytesPerOffset }),
  };
  const { opener, resetId } = reset;
  // That attempt may still be at work, and would take dead letters of the next batch for ones that are left over.
  if (isDone && opener !== undefined) {
    return openLane(context, { spec, topic, previous: position, unheardResets: [resetId], opener });
  }
  await discardUncommittedDeadLetters(context, position);
  return position;
}

interface Move {
  readonly table: TableHandle;
  readonly base: TableState;
  readonly identity: LaneIdentity;
  readonly reset: ResetLaneRequest;
}

async function moveLane(context: LaneContext, { table, base, identity, reset }: Move): Promise<TableState> {
  const { request, resetId } = reset;
  const stored = storedPositions(base, identity);
  const previous = await pastOf(table, identity, reset);
  assertLaneIsOurs(identity, stored, table.store.root, withoutPositions(previous));
  // First of all: what comes from here on is new.
  const logEnds = request.cause === undefined ? await findLogEnds(context, identity, stored) : undefined;
  const wanted = await targetsOf(context, identity.topic, request);
  // An output may be beyond the end of a log that the job's table has not come to.
  const targets = logEnds ? wanted : movesBack(stored, wanted).map(({ partition, to }) => ({ partition, offset: to }));
  if (stored.lastMoveDiscarded) await emptyOutputs(context, { base, identity, previous });
  const epoch = await nextEpoch(context, identity, stored);
  const moves = targets.map(({ partition, offset }) => ({
    partition,
    from: stored.offsets.get(partition) ?? offset,
    to: offset,
  }));
  const note: ResetNote = {
    kind: 'reset',
    ...identity,
    epoch,
    rows: request.rows,
    moves,
    resetId,
    ...(request.cause === undefined ? {} : { cause: request.cause }),
  };
  return commitReset(context, { table, base, identity, stored, targets, note, logEnds: logEnds ?? wanted });
}

/** Where the logs end that the job's table or an output is beyond: outputs would pass over the records that follow. */
async function findLogEnds(
  { connections, spec, signal }: LaneContext,
  { topic, topicId }: LaneIdentity,
  { offsets }: StoredPositions,
): Promise<readonly PartitionOffset[]> {
  const kafka = connections.kafka(spec.source);
  const positions = [...offsets].map(([partition, offset]) => ({ partition, offset }));
  const held = await furthestPositions(connections, spec, { topic, topicId, positions });
  const watch = new LogEndWatch(kafka, { topic, positions: held });
  for (;;) {
    const seen = await watch.look(await fetchBounds(kafka, spec.source, topic));
    if (seen.kind === 'within') return [];
    if (seen.kind === 'before') {
      return seen.beyond.map(({ partition, logEndOffset }) => ({ partition, offset: toOffset(logEndOffset) }));
    }
    await delay(pollIntervalMs, undefined, { signal });
  }
}

/** Of a reset that discarded rows, outputs see only while it is the last one that their rows are to go. */
async function emptyOutputs(
  context: LaneContext,
  { base, identity, previous }: Pick<Move, 'base' | 'identity'> & { readonly previous: LanePosition | undefined },
): Promise<void> {
  const spec = withLaneSchema(context.spec, laneSchemaFor(base, context.spec, previous));
  const position = await positionOf(context.connections.kafka(spec.source), spec, identity, base, undefined);
  await openOutputs({ ...context, spec }, position);
}

/** Offsets by partition move the partitions that they name, and no others. */
async function targetsOf(
  { connections, spec }: LaneContext,
  topic: string,
  { to }: ResetRequest,
): Promise<readonly PartitionOffset[]> {
  const targets = await resolvePosition(connections.kafka(spec.source), spec.source, topic, to);
  if (to.kind !== 'offsets') return targets;
  const named = Object.keys(to.offsets[topic] ?? {}).map(Number);
  const unknown = named.find((partition) => targets.every((target) => target.partition !== partition));
  if (unknown !== undefined) {
    throw new BronzeError('RESET_INVALID', `topic ${topic} has no partition ${String(unknown)}`);
  }
  return targets.filter(({ partition }) => named.includes(partition));
}

/** A reset settles where the table stands, so that it stands elsewhere than this run believes is no obstacle. */
function withoutPositions(previous: LanePosition | undefined): LanePosition | undefined {
  return previous && { ...previous, positions: [] };
}

interface Reset {
  readonly table: TableHandle;
  readonly base: TableState;
  readonly identity: LaneIdentity;
  readonly stored: StoredPositions;
  readonly targets: readonly PartitionOffset[];
  readonly note: ResetNote;
  /** Where the log of topic partitions was found to end before what was ingested. */
  readonly logEnds: readonly PartitionOffset[];
}

async function commitReset(context: LaneContext, reset: Reset): Promise<TableState> {
  const { table, base, identity, stored, targets, note } = reset;
  if (note.rows === 'discard') await assertOutputsBeginAnew(context, identity, positionsAfter(stored, targets));
  const discarded = note.rows === 'discard' ? await discardedRows(context, reset) : [];
  await prepareDeadLetters(context, reset);
  const outcome = await table.commit({
    base,
    // The rows to discard were chosen for `base`: whatever moved the lane since then makes the choice stale.
    check: (latest) => (isSameStanding(storedPositions(latest, identity), stored) ? undefined : 'overtaken'),
    actions: (latest): readonly Action[] => [
      ...discarded,
      ...targets.map(({ partition, offset }) => ({
        txn: { appId: appIdOf(identity.job, { ...identity, partition }), version: offset },
      })),
      ...givenUpClaims(latest, identity),
      { txn: { appId: epochAppIdOf(identity.job, identity.topic), version: toOffset(note.epoch) } },
      ...discardMark(storedPositions(latest, identity), note),
      ...outputMarks(context.spec, reset),
    ],
    commitInfo: describeCommit(note, { numRemovedFiles: discarded.filter((action) => 'remove' in action).length }),
  });
  if (outcome.kind === 'committed') return outcome.state;
  throw new BronzeError('TABLE_CHANGED', `${table.store.root}: the lane of ${identity.topic} moved at the same time`);
}

/** Whoever opens the lane next must know, however long ago this was. */
function discardMark(stored: StoredPositions, { job, topic, rows }: ResetNote): readonly Action[] {
  const appId = discardAppIdOf(job, topic);
  if (rows === 'discard') return [{ txn: { appId, version: toOffset(nextBatchAfter(stored.lastBatch)) } }];
  return stored.lastMoveDiscarded ? [{ txn: { appId, version: '-1' } }] : [];
}

function positionsAfter(stored: StoredPositions, targets: readonly PartitionOffset[]): readonly PartitionOffset[] {
  const moved = new Map([...stored.offsets, ...targets.map(({ partition, offset }) => [partition, offset] as const)]);
  return [...moved].map(([partition, offset]) => ({ partition, offset }));
}

/** Outputs are brought in line when the lane is opened next, each by its own commit, and must know what has happened. */
function outputMarks({ outputs = [] }: JobSpec, { logEnds, identity, note }: Reset): readonly Action[] {
  const { job, topic } = identity;
  const isKept = note.rows === 'keep' && outputs.length > 0;
  return [
    ...(isKept ? [{ txn: { appId: keptResetAppIdOf(job, topic), version: toOffset(note.epoch) } }] : []),
    ...logEnds.map(({ partition, offset }) => ({
      txn: { appId: logEndAppIdOf(job, { ...identity, partition }, note.epoch), version: offset },
    })),
  ];
}

async function discardedRows(context: LaneContext, reset: Reset): Promise<readonly Action[]> {
  const { table, base, identity, stored, targets } = reset;
  const from = targets.filter(({ partition, offset }) => BigInt(stored.offsets.get(partition) ?? 0) > BigInt(offset));
  if (from.length > 0 && predecessorClaims(base, identity).length > 0) {
    throw new BronzeError(
      'RESET_INVALID',
      `rows "discard" would remove rows of the deleted topic that ${identity.topic} once was as well: they bear the ` +
        'same offsets, and Kafka no longer has them. Reset with rows "keep".',
    );
  }
  const columns = coordinatesOf(context.spec, base, identity);
  const discarding = { table, state: base, columns, topic: identity.topic, from };
  return discardActions(discarding, context.discardInFiles, context.signal);
}

/** Throws RESET_INVALID where the table's columns cannot tell which rows are meant. */
function coordinatesOf(spec: JobSpec, state: TableState, { topic }: LaneIdentity): CoordinateColumns {
  const columnOf = (source: string): string | undefined =>
    spec.steps.metadata.columns.find((column) => column.source === source)?.name;
  const [topicColumn, partition, offset] = [columnOf('topic'), columnOf('partition'), columnOf('offset')];
  if (partition === undefined || offset === undefined) {
    throw new BronzeError(
      'RESET_INVALID',
      `rows "discard" needs to know where rows came from: job ${spec.name} has no metadata column for partition and offset. ` +
        'Add them, or reset with rows "keep".',
    );
  }
  const isShared = [...state.txns.keys()].some((appId) => (parseAppId(appId)?.topic ?? topic) !== topic);
  if (topicColumn === undefined && isShared) {
    throw new BronzeError(
      'RESET_INVALID',
      `rows "discard" needs to know where rows came from: the table holds several topics, and job ${spec.name} has no metadata column for the topic`,
    );
  }
  return { partition, offset, ...(topicColumn === undefined ? {} : { topic: topicColumn }) };
}

/**
 * Takes out the dead letters of a batch that never committed its rows, which nobody could tell afterwards, and sets the
 * offsets back where the others are kept. Called when nothing can refuse the reset any more: it fences the epoch.
 */
async function prepareDeadLetters(context: LaneContext, { identity, stored, targets, note }: Reset): Promise<void> {
  const lane = { ...identity, epoch: note.epoch };
  const positions = [...stored.offsets].map(([partition, offset]) => ({ partition, offset }));
  const standing = { ...lane, positions, nextBatch: nextBatchAfter(stored.lastBatch) };
  await discardUncommittedDeadLetters(context, standing, { isNewEpoch: true });
  if (note.rows === 'discard') return;
  const table = context.connections.table(pathForTopic(context.spec.deadLetter.path, identity.topic));
  const base = await table.refresh();
  if (!base) return;
  const moves = movesBack(storedPositions(base, identity), targets);
  if (moves.length > 0) await moveDeadLetters(context, { table, base, lane, moves, rows: 'keep' });
}
