import type { Action } from '../../delta/actions.ts';
import { storedPositions, type StoredPositions } from '../../delta/commit/offset-positions.ts';
import type { TableState } from '../../delta/table-state.ts';
import { BronzeError } from '../../errors.ts';
import { appIdOf, epochAppIdOf, lateAppIdOf } from '../../model/table/app-id.ts';
import type { LanePosition, PartitionOffset } from '../../model/batch/batch.ts';
import type { CommitNote } from '../../model/table/commit-note.ts';
import { deadLetterCoordinates } from '../../model/table/dead-letter.ts';
import { pathForTopic } from '../../model/job/job-spec.ts';
import { toOffset, type Offset } from '../../model/batch/offset-range.ts';
import { describeCommit } from './commit-info.ts';
import type { TableHandle } from '../connections.ts';
import { hasClaimedDeadLetters, newDeadLetterTable } from './dead-letter-table.ts';
import type { DeadLetterOwner } from '../discard/discard-request.ts';
import { discardActions } from '../discard/discard-rows.ts';
import type { LaneContext } from '../lane/lane-context.ts';
import { isSameStanding } from '../lane/lane-rules.ts';

type LaneStanding = Pick<LanePosition, 'topic' | 'topicId' | 'epoch' | 'nextBatch' | 'positions'>;

/**
 * Brings the dead-letter table in line with a lane that was opened or moved: batches of earlier epochs are fenced, and
 * dead letters beyond the table's offsets, from a batch that never committed its rows, are taken out again. A lane that
 * never had dead letters gets no table: its older epochs could not announce any now. Call once the job's table is at the
 * lane's epoch: whoever moves the lane after that is fenced, or fences this.
 * @throws BronzeError LANE_FENCED, TABLE_CHANGED.
 */
export async function discardUncommittedDeadLetters(context: LaneContext, lane: LaneStanding): Promise<void> {
  const { connections, spec } = context;
  const table = connections.table(pathForTopic(spec.deadLetter.path, lane.topic));
  const base = await table.refresh();
  const rows = await connections.table(pathForTopic(spec.table.path, lane.topic)).refresh();
  if (!base && !hasClaimedDeadLetters(rows, { job: spec.name, topic: lane.topic })) return;
  const identity = { job: spec.name, topic: lane.topic, topicId: lane.topicId };
  const stored = storedPositions(base, identity);
  const moves = movesBack(stored, lane.positions);
  if (moves.length === 0 && stored.epoch === lane.epoch) return;
  // Dead letters of committed batches can lie beyond the offsets too: those of a deleted topic of the same name, and those
  // that a reset has kept. Only a reset that discards means them as well.
  const sinceBatch = storedPositions(rows, identity).lastMoveDiscarded ? {} : { sinceBatch: lane.nextBatch };
  await moveDeadLetters(context, { table, base, lane, moves, rows: 'discard', ...sinceBatch });
}

interface OffsetMove {
  readonly partition: number;
  readonly from: Offset;
  readonly to: Offset;
}

/** The partitions whose stored offset lies beyond the wanted one. */
export function movesBack(
  stored: Pick<StoredPositions, 'offsets'>,
  wanted: readonly PartitionOffset[],
): readonly OffsetMove[] {
  return wanted.flatMap(({ partition, offset }) => {
    const from = stored.offsets.get(partition);
    return from !== undefined && BigInt(from) > BigInt(offset) ? [{ partition, from, to: offset }] : [];
  });
}

export interface DeadLetterMove {
  readonly table: TableHandle;
  /** `undefined` where the table is to be made. */
  readonly base: TableState | undefined;
  readonly lane: Pick<LanePosition, 'topic' | 'topicId' | 'epoch'>;
  readonly moves: readonly OffsetMove[];
  readonly rows: 'keep' | 'discard';
  /** Takes out those of this batch and later ones only. */
  readonly sinceBatch?: number;
  /** Moves the offsets, and takes out the dead letters, of records that came late for this output. */
  readonly lateFor?: string;
}

/** Sets the offsets of a dead-letter table back, and under `discard` takes out what lies beyond them, in one commit. */
export async function moveDeadLetters(context: LaneContext, move: DeadLetterMove): Promise<void> {
  const { table, base, lane, moves, rows, lateFor } = move;
  const { name: job } = context.spec;
  const from: readonly PartitionOffset[] = moves.map(({ partition, to }) => ({ partition, offset: to }));
  const deadLettersOf: DeadLetterOwner = {
    job,
    ...(lateFor === undefined ? {} : { lateFor }),
    ...(move.sinceBatch === undefined ? {} : { sinceBatch: move.sinceBatch }),
  };
  const discarding = { table, columns: deadLetterCoordinates, topic: lane.topic, from, deadLettersOf };
  const discarded =
    base && rows === 'discard'
      ? await discardActions({ ...discarding, state: base }, context.discardInFiles, context.signal)
      : [];
  const { topic, topicId, epoch } = lane;
  const origin = { job, topic, topicId, epoch };
  const stored = storedPositions(base, origin);
  const positions = from.map(({ partition, offset }) => {
    const at = { topic, topicId, partition };
    return { appId: lateFor === undefined ? appIdOf(job, at) : lateAppIdOf(job, lateFor, at), version: offset };
  });
  const note: CommitNote =
    moves.length === 0 ? { kind: 'laneOpened', ...origin, starts: [] } : { kind: 'reset', ...origin, rows, moves };
  const outcome = await table.commit({
    base,
    check: (latest) => {
      const now = storedPositions(latest, origin);
      if ((now.epoch ?? 0) > epoch) return 'fenced';
      const isSame = positions.every(({ appId }) => latest?.txns.get(appId) === base?.txns.get(appId));
      return isSame && isSameStanding(now, stored) ? undefined : 'overtaken';
    },
    actions: (latest): readonly Action[] => [
      ...(latest ? [] : newDeadLetterTable(job)),
      ...discarded,
      ...positions.map((txn) => ({ txn })),
      { txn: { appId: epochAppIdOf(job, topic), version: toOffset(epoch) } },
    ],
    commitInfo: describeCommit(note),
  });
  if (outcome.kind === 'committed') return;
  switch (outcome.reason) {
    case 'fenced':
      throw new BronzeError('LANE_FENCED', `${table.store.root}: another run has opened the lane of ${topic}`);
    case 'overtaken':
      throw overtaken(table, lane);
  }
}

function overtaken({ store }: TableHandle, { topic }: Pick<LanePosition, 'topic'>): BronzeError {
  return new BronzeError('TABLE_CHANGED', `${store.root}: the lane of ${topic} moved at the same time`);
}
