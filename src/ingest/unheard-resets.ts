import { history } from '../delta/history.ts';
import type { LaneIdentity } from '../delta/offset-positions.ts';
import type { LanePosition } from '../model/batch.ts';
import type { ResetNote } from '../model/commit-note.ts';
import type { LanePast } from '../model/lane-requests.ts';
import type { TableHandle } from './connections.ts';

/** The reset that is the last of what happened to a lane; `undefined` where that was something else, or has left the log. */
export async function lastReset(
  { store }: TableHandle,
  { job, topic }: LaneIdentity,
): Promise<Partial<ResetNote> | undefined> {
  for await (const { commitInfo } of history(store)) {
    const note = commitInfo?.kafkaBronze as Partial<ResetNote> | undefined;
    if (note?.job === job && note.topic === topic) return note.kind === 'reset' ? note : undefined;
  }
  return undefined;
}

/**
 * Where a run left a lane, when a reset of its own may have gone through without an answer: the reset's epoch is then the
 * run's, which must not take it for that of another run.
 */
export async function pastOf(
  table: TableHandle,
  identity: LaneIdentity,
  { previous, unheardResets = [] }: LanePast,
): Promise<LanePosition | undefined> {
  if (!previous || unheardResets.length === 0) return previous;
  const { resetId, epoch } = (await lastReset(table, identity)) ?? {};
  if (resetId === undefined || epoch === undefined || !unheardResets.includes(resetId)) return previous;
  return { ...previous, epoch, positions: [] };
}
