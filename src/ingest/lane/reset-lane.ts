import { setTimeout as delay } from 'node:timers/promises';
import type { Action } from '../../delta/actions.ts';
import {
  nextBatchAfter,
  storedPositions,
  type LaneIdentity,
  type StoredPositions,
} from '../../delta/commit/offset-positions.ts';
import type { TableState } from '../../delta/table-state.ts';
import { BronzeError } from '../../errors.ts';
import { appIdOf, discardAppIdOf, epochAppIdOf, keptResetAppIdOf, logEndAppIdOf } from '../../model/table/app-id.ts';
import type { LanePosition, PartitionOffset } from '../../model/batch/batch.ts';
import type { ResetNote } from '../../model/table/commit-note.ts';
import { pathForTopic, type JobSpec } from '../../model/job/job-spec.ts';
import { withLaneSchema } from '../../model/batch/lane-schema.ts';
import { toOffset } from '../../model/batch/offset-range.ts';
import type { ResetRequest } from '../../model/requests/reset-request.ts';
import { describeCommit } from '../commit/commit-info.ts';
import type { TableHandle } from '../connections.ts';
import { fenceLane } from './fence-lane.ts';
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
import { assertDiscardable, discardedRows } from './reset-rows.ts';
import { laneSchemaFor } from '../schema/settle-schema.ts';
import { fetchBounds, resolvePosition } from '../plan/starting-offsets.ts';
import type { ResetLaneRequest } from '../../model/requests/lane-requests.ts';
import { lastReset, pastOf } from './lane-past.ts';

/**
 * Moves a lane to where the request says, in one commit that also takes the rows from there on out of the table when
 * they are to be discarded. Before that it takes the lane over, by a commit of its own: what was planned before, and other
 * attempts of the reset, are fenced. Then the dead-letter table is brought in line, and where rows are kept set back, as it
 * may lie behind; what lies beyond after the move is taken out, as when a lane is opened.
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
  // An earlier attempt may have taken the lane over.
  const unheardResets = [...(reset.unheardResets ?? []), resetId];
  const previous = await pastOf(table, identity, { ...reset, unheardResets });
  assertLaneIsOurs(identity, stored, table.store.root, withoutPositions(previous));
  // First of all: what comes from here on is new.
  const logEnds = request.cause === undefined ? await findLogEnds(context, identity, stored) : undefined;
  const wanted = await targetsOf(context, identity.topic, request);
  // An output may be beyond the end of a log that the job's table has not come to.
  const targets = logEnds ? wanted : movesBack(stored, wanted).map(({ partition, to }) => ({ partition, offset: to }));
  if (request.rows === 'discard') {
    await assertOutputsBeginAnew(context, identity, positionsAfter(stored, targets));
    assertDiscardable(context.spec, base, { identity, stored, targets });
  }
  const epoch = await nextEpoch(context, identity, stored);
  const fenced = await fenceLane({ table, base, identity, stored, epoch, reset });
  if (stored.lastMoveDiscarded) await emptyOutputs(context, { base: fenced, identity, previous });
  const moves = targets.map(({ partition, offset }) => ({
    partition,
    from: stored.offsets.get(partition) ?? offset,
    to: offset,
  }));
  const note: ResetNote = {
    kind: 'reset',
    ...identity,
    epoch: epoch + 1,
    rows: request.rows,
    moves,
    resetId,
    ...(request.cause === undefined ? {} : { cause: request.cause }),
  };
  const standing = storedPositions(fenced, identity);
  return commitReset(context, {
    ...{ table, base: fenced, identity, stored: standing, targets, note },
    logEnds: logEnds ?? wanted,
  });
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
  await prepareDeadLetters(context, reset);
  const discarded = note.rows === 'discard' ? await discardedRows(context, reset) : [];
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

/**
 * Takes out the dead letters of a batch that never committed its rows, which nobody could tell afterwards, and sets the
 * offsets back where the others are kept.
 */
async function prepareDeadLetters(context: LaneContext, { identity, stored, targets, note }: Reset): Promise<void> {
  const positions = [...stored.offsets].map(([partition, offset]) => ({ partition, offset }));
  const lane = { ...identity, epoch: stored.epoch ?? 0 };
  await discardUncommittedDeadLetters(context, { ...lane, positions, nextBatch: nextBatchAfter(stored.lastBatch) });
  if (note.rows === 'discard') return;
  const table = context.connections.table(pathForTopic(context.spec.deadLetter.path, identity.topic));
  const base = await table.refresh();
  if (!base) return;
  const moves = movesBack(storedPositions(base, identity), targets);
  if (moves.length > 0) await moveDeadLetters(context, { table, base, lane, moves, rows: 'keep' });
}
