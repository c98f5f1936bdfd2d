import type { AlertEvent, AlertReceiver, AlertState } from '../job/alert.ts';
import type { JobProgress } from './job-progress.ts';
import type { JobSpec } from '../job/job-spec.ts';

/** What is known of a lane from one look at it to the next, and from one watcher to the next. */
export interface LaneMemory {
  readonly topic: string;
  readonly rows: number;
  readonly deadLetters: number;
  readonly records: number;
  /** Looks that the rate of rows is counted from, now and once the second is old enough. */
  readonly rateFrom: RateLook;
  readonly rateNext: RateLook;
  /** Where all is committed, absent. */
  readonly lagSinceMs?: number;
}

export interface RateLook {
  readonly atMs: number;
  readonly rows: number;
}

/** All that a watcher of a job's alerts hands to the next. */
export interface AlertMemory {
  readonly beganAtMs: number;
  readonly lanes: readonly LaneMemory[];
  /** Of alerts that are not at rest. */
  readonly states: readonly AlertState[];
}

export interface WatchAlertsRequest {
  readonly spec: JobSpec;
  /** Workflow id of the job. */
  readonly workflowId: string;
  /** Names the job's run and those that continue it. */
  readonly firstRunId: string;
  readonly memory: AlertMemory;
}

/** A job as it is seen from outside. */
export interface JobLook {
  readonly progress: JobProgress;
  /** What failed, and is tried again; of the job and of its batches. `attempt` is the one that runs or comes next. */
  readonly retrying: readonly {
    readonly workflowId: string;
    readonly activity: string;
    readonly attempt: number;
    readonly code: string;
  }[];
  /** `ended`: done, or ended by somebody. */
  readonly state: 'running' | 'failed' | 'ended';
  readonly firstRunId: string;
}

/** `ended`: the job is over, and so is the watch. */
export interface WatchAlertsOutcome {
  readonly kind: 'watched' | 'ended';
  readonly memory: AlertMemory;
  readonly events: readonly AlertEvent[];
}

export interface NotifyRequest {
  readonly event: AlertEvent;
  readonly receiver: AlertReceiver | 'log';
}
