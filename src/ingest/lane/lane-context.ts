import type { JobSpec } from '../../model/job/job-spec.ts';
import type { Connections } from '../connections.ts';
import type { DiscardInFiles } from '../discard/discard-rows.ts';

/** What opening or resetting a lane works with. */
export interface LaneContext {
  readonly connections: Connections;
  readonly discardInFiles: DiscardInFiles;
  readonly spec: JobSpec;
  readonly signal: AbortSignal;
}
