import { history } from '../delta/history.ts';
import type { LaneIdentity } from '../delta/offset-positions.ts';
import type { LanePosition } from '../model/batch.ts';
import type { LaneOpenedNote, ResetNote } from '../model/commit-note.ts';
import type { LanePast } from '../model/lane-requests.ts';
import type { TableHandle } from './connections.ts';

type LaneNote = Partial<ResetNote> | Partial<LaneOpenedNote>;

/** The last that happened to a lane; `undefined` where it has left the log. */
async function lastNote({ store }: TableHandle, { job, topic }: LaneIdentity): Promise<LaneNote | undefined> {
  for await (const { commitInfo } of history(store)) {
    const note = commitInfo?.kafkaBronze as LaneNote | undefined;
    if (note?.job === job && note.topic === topic) return note;
  }
  return undefined;
}

/** The reset that is the last of what happened to a lane; `undefined` where that was something else, or has left the log. */
export async function lastReset(table: TableHandle, lane: LaneIdentity): Promise<Partial<ResetNote> | undefined> {
  const note = await lastNote(table, lane);
  return note?.kind === 'reset' ? note : undefined;
}

/**
 * Where a run left a lane, when a reset or an opening of its own may have gone through without an answer: its epoch is then
 * the run's, which must not take it for that of another run.
 */
export async function pastOf(
  table: TableHandle,
  identity: LaneIdentity,
  past: LanePast,
): Promise<LanePosition | undefined> {
  const { previous, unheardResets = [], opener } = past;
  if (!previous || (unheardResets.length === 0 && opener === undefined)) return previous;
  const note = await lastNote(table, identity);
  if (note?.epoch === undefined || !isOwn(note, past)) return previous;
  // A reset may have moved the lane back before it was opened.
  const moved = unheardResets.length > 0 ? { positions: [] } : {};
  return { ...previous, ...moved, epoch: note.epoch };
}

function isOwn(note: LaneNote, { unheardResets = [], opener }: LanePast): boolean {
  switch (note.kind) {
    case 'reset':
      return note.resetId !== undefined && unheardResets.includes(note.resetId);
    case 'laneOpened':
      return note.opener !== undefined && note.opener === opener;
    default:
      return false;
  }
}
