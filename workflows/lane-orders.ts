import type { JobSpec } from '../src/model/job/job-spec.ts';

/** What the job tells all its lanes. */
export interface LaneOrders {
  readonly spec: JobSpec;
  readonly searchAttributes: boolean;
  readonly stopping: boolean;
  readonly paused: boolean;
  /** The history has grown long: come to rest, so that the job can continue as new. */
  readonly rollingOver: boolean;
  /** How many lanes the job has. */
  readonly laneCount: number;
  onProgress(): void;
  /** A lane has made a move, and history has grown by it. */
  onMove(): void;
  onRefusedReset(topic: string, message: string): void;
}
