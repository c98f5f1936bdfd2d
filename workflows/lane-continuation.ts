import type { LanePosition } from '../src/model/batch/batch.ts';
import type { LaneProgress } from '../src/model/requests/job-progress.ts';
import type { ResetRequest } from '../src/model/requests/reset-request.ts';
import { withoutRanges } from './bounded-progress.ts';

/** What a lane carries into the next run of the same job. */
export interface LaneContinuation {
  readonly topic: string;
  readonly position?: LanePosition;
  readonly progress: LaneProgress;
  readonly pendingResets: readonly ResetRequest[];
  readonly unheardResets?: readonly string[];
  readonly opener?: string;
  readonly mustReopen?: boolean;
  readonly givenUpBatches?: number;
}

/** All that a run hands to the next has to fit into one message; the positions are in it already. */
export function carriedProgress(progress: LaneProgress): LaneProgress {
  return { ...withoutRanges(progress), positions: [] };
}

export function progressFrom({ progress, position }: LaneContinuation): LaneProgress {
  return position === undefined ? progress : { ...progress, positions: position.positions };
}
