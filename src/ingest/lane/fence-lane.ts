import { storedPositions, type LaneIdentity, type StoredPositions } from '../../delta/commit/offset-positions.ts';
import type { TableState } from '../../delta/table-state.ts';
import { BronzeError } from '../../errors.ts';
import { epochAppIdOf } from '../../model/table/app-id.ts';
import type { LaneOpenedNote } from '../../model/table/commit-note.ts';
import type { ResetLaneRequest } from '../../model/requests/lane-requests.ts';
import { toOffset } from '../../model/batch/offset-range.ts';
import { describeCommit } from '../commit/commit-info.ts';
import type { TableHandle } from '../connections.ts';
import { isSameStanding } from './lane-rules.ts';

export interface Fence {
  readonly table: TableHandle;
  readonly base: TableState;
  readonly identity: LaneIdentity;
  /** What `base` holds of the lane. */
  readonly stored: StoredPositions;
  readonly epoch: number;
  /** The reset that wants to move the lane, and the run that ordered it. */
  readonly reset: Pick<ResetLaneRequest, 'resetId' | 'opener'>;
}

/**
 * Takes a lane over where it stands, in the job's table, which decides: from here on nobody with an older epoch moves it, and
 * whoever has looked at it before this and comes later is refused before anything is touched in another table.
 * @throws BronzeError TABLE_CHANGED where the lane moved meanwhile.
 */
export async function fenceLane({ table, base, identity, stored, epoch, reset }: Fence): Promise<TableState> {
  const { resetId, opener } = reset;
  const note: LaneOpenedNote = {
    ...{ kind: 'laneOpened', ...identity, epoch, starts: [], resetId },
    ...(opener === undefined ? {} : { opener }),
  };
  const outcome = await table.commit({
    base,
    onTableChange: 'recheck',
    check: (latest) => (isSameStanding(storedPositions(latest, identity), stored) ? undefined : 'overtaken'),
    actions: () => [{ txn: { appId: epochAppIdOf(identity.job, identity.topic), version: toOffset(epoch) } }],
    commitInfo: describeCommit(note),
  });
  if (outcome.kind === 'committed') return outcome.state;
  throw new BronzeError('TABLE_CHANGED', `${table.store.root}: the lane of ${identity.topic} moved at the same time`);
}
