import type { Action } from '../../delta/actions.ts';
import { isGivenUp, predecessorClaims, type LaneIdentity } from '../../delta/commit/offset-positions.ts';
import type { TableState } from '../../delta/table-state.ts';

/** A recreated topic starts anew; what its predecessor left is marked as given up, as `txn` actions cannot be removed. */
export function givenUpClaims(state: TableState | undefined, lane: LaneIdentity): readonly Action[] {
  return predecessorClaims(state, lane)
    .filter(({ offset }) => !isGivenUp(offset))
    .map(({ appId }) => ({ txn: { appId, version: '-1' } }));
}
