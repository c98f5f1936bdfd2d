import { history } from '../../delta/log/history.ts';
import type { LaneIdentity } from '../../delta/commit/offset-positions.ts';
import type { LanePosition } from '../../model/batch/batch.ts';
import type { LaneOpenedNote, ResetNote } from '../../model/table/commit-note.ts';
import type { LanePast } from '../../model/requests/lane-requests.ts';
import type { TableHandle } from '../connections.ts';

type LaneNote = Partial<ResetNote> | Partial<LaneOpenedNote>;

/** What happened to a lane, newest first, as far back as the log goes. */
async function* laneNotes({ store }: TableHandle, { job, topic }: LaneIdentity): AsyncIterable<LaneNote> {
  for await (const { commitInfo } of history(store)) {
    const note = commitInfo?.kafkaBronze as LaneNote | undefined;
    if (note?.job === job && note.topic === topic) yield note;
  }
}

/**
 * The reset that is the last of what happened to a lane, but for openings of the run; `undefined` where that was something
 * else, or has left the log.
 */
export async function lastReset(
  table: TableHandle,
  lane: LaneIdentity,
  { opener }: Pick<LanePast, 'opener'>,
): Promise<Partial<ResetNote> | undefined> {
  for await (const note of laneNotes(table, lane)) {
    if (note.kind === 'reset') return note;
    if (note.kind !== 'laneOpened' || !isOwn(note, opener === undefined ? {} : { opener })) return undefined;
  }
  return undefined;
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
  for await (const note of laneNotes(table, identity)) {
    if (note.epoch === undefined || !isOwn(note, past)) break;
    // A reset may have moved the lane back before it was opened.
    const moved = unheardResets.length > 0 ? { positions: [] } : {};
    return { ...previous, ...moved, epoch: note.epoch };
  }
  return previous;
}

function isOwn(note: LaneNote, { unheardResets = [], opener }: LanePast): boolean {
  const isOfReset = note.resetId !== undefined && unheardResets.includes(note.resetId);
  switch (note.kind) {
    case 'reset':
      return isOfReset;
    case 'laneOpened':
      return isOfReset || (note.opener !== undefined && note.opener === opener);
    default:
      return false;
  }
}
