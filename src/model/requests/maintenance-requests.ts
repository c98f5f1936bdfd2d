import type { JobInput } from '../job/job-input.ts';
import type { JobSpec } from '../job/job-spec.ts';
import type { Maintenance } from '../job/maintenance.ts';

export const maintenanceTasks = ['optimize', 'vacuum', 'cleanup'] as const satisfies readonly (keyof Maintenance)[];

export type MaintenanceTask = (typeof maintenanceTasks)[number];

/** Input of the `tableMaintenance` workflow. */
export interface MaintenanceRequest {
  readonly job: JobInput;
  readonly task: MaintenanceTask;
}

/** One table of a job; the columns that rows are ordered by are not those of dead letters and outputs. */
export interface MaintainTableRequest {
  readonly spec: JobSpec;
  readonly task: MaintenanceTask;
  readonly table: string;
  readonly holds: 'rows' | 'deadLetters' | 'output';
}

/** What came of one table; without paths, which can hold data. */
export type MaintainedTable = { readonly table: string } & (
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'optimized';
      readonly removedFiles: number;
      readonly addedFiles: number;
      readonly addedBytes: number;
      readonly lostBins: number;
    }
  | { readonly kind: 'vacuumed'; readonly deletedFiles: number; readonly deletedBytes: number }
  /** `firstVersion` is where the log begins now; both it and `checkpoint` are absent where there was nothing to do. */
  | {
      readonly kind: 'cleanedUp';
      readonly deletedFiles: number;
      readonly deletedBytes: number;
      readonly firstVersion?: number;
      readonly checkpoint?: number;
    }
  /** The table's properties say that its log is to stay. */
  | { readonly kind: 'logKept'; readonly checkpoint?: number }
);
