import { storedPositions, type LaneIdentity } from '../../delta/commit/offset-positions.ts';
import type { TableState } from '../../delta/table-state.ts';
import { lateAppIdOf } from '../../model/table/app-id.ts';
import type { LanePosition } from '../../model/batch/batch.ts';
import { pathForTopic } from '../../model/job/job-spec.ts';
import type { LaneContext } from '../lane/lane-context.ts';
import { moveDeadLetters, movesBack } from '../commit/pending-dead-letters.ts';

export interface OpenedOutput {
  readonly name: string;
  readonly identity: LaneIdentity;
  readonly position: LanePosition;
  /** The output's table, open at the lane's epoch. */
  readonly state: TableState | undefined;
  /** The job's table. */
  readonly rows: TableState | undefined;
}

/**
 * Takes out the dead letters of records beyond where an output stands: its commit never came, or a reset took its rows away.
 * What is late there is found again. The dead-letter table is at the lane's epoch already.
 * @throws BronzeError LANE_FENCED, TABLE_CHANGED.
 */
export async function discardPendingLateRecords(
  context: LaneContext,
  { name, identity, position, state, rows }: OpenedOutput,
): Promise<void> {
  const { connections, spec } = context;
  const table = connections.table(pathForTopic(spec.deadLetter.path, identity.topic));
  const base = await table.refresh();
  if (!base) return;
  const { offsets } = storedPositions(state, identity);
  const late = new Map(
    [...offsets.keys()].flatMap((partition) => {
      const offset = base.txns.get(lateAppIdOf(identity.job, name, { ...identity, partition }));
      return offset === undefined ? [] : [[partition, offset] as const];
    }),
  );
  const moves = movesBack(
    { offsets: late },
    [...offsets].map(([partition, offset]) => ({ partition, offset })),
  );
  if (moves.length === 0) return;
  // Those of committed batches can lie beyond as well, where Kafka has lost offsets: they stay, as their rows do.
  const sinceBatch = storedPositions(rows, identity).lastMoveDiscarded ? {} : { sinceBatch: position.nextBatch };
  await moveDeadLetters(context, {
    ...{ table, base, moves, rows: 'discard', lateFor: name },
    lane: position,
    ...sinceBatch,
  });
}
