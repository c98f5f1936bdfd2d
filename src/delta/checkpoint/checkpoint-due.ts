import type { ObjectStore } from '../../storage/object-store.ts';
import type { TableState } from '../table-state.ts';
import { checkpointProperties } from './checkpoint-properties.ts';
import { readCheckpointHint } from './last-checkpoint.ts';

/** Have `delta.checkpointInterval` commits been made since the newest checkpoint that is known? */
export function isCheckpointDue(state: TableState, knownCheckpoint = 0): boolean {
  const newest = Math.max(state.checkpointVersion ?? 0, knownCheckpoint);
  return state.version - newest >= checkpointProperties(state).interval;
}

/** The same, once the table itself was asked for its newest checkpoint. */
export async function isCheckpointMissing(store: ObjectStore, state: TableState): Promise<boolean> {
  return isCheckpointDue(state, (await readCheckpointHint(store))?.version);
}
