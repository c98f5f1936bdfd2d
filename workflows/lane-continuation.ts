import type { LanePosition } from '../src/model/batch/batch.ts';
import type { LaneProgress } from '../src/model/requests/job-progress.ts';
import type { ResetRequest } from '../src/model/requests/reset-request.ts';

/** What a lane carries into the next run of the same job. */
export interface LaneContinuation {
  readonly topic: string;
  readonly position?: LanePosition;
  readonly progress: LaneProgress;
  readonly pendingResets: readonly ResetRequest[];
  readonly unheardResets?: readonly string[];
  readonly opener?: string;
}
