import { storedPositions, type LaneIdentity, type StoredPositions } from '../../delta/commit/offset-positions.ts';
import { pathForTopic } from '../../model/job/job-spec.ts';
import type { LaneContext } from './lane-context.ts';

/**
 * The epoch of whoever opens or resets a lane: above that of every table of the lane. The job's table comes first in all
 * that is done, so it is behind another one only where somebody has deleted or restored it.
 */
export async function nextEpoch(
  { connections, spec }: Pick<LaneContext, 'connections' | 'spec'>,
  identity: LaneIdentity,
  stored: StoredPositions,
): Promise<number> {
  let last = stored.epoch ?? 0;
  for (const { path } of [spec.deadLetter, ...(spec.outputs ?? [])]) {
    const state = await connections.table(pathForTopic(path, identity.topic)).refresh();
    last = Math.max(last, storedPositions(state, identity).epoch ?? 0);
  }
  return last + 1;
}
