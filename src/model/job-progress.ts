import { addDrops, type BatchSummary, type Drops, type PartitionOffset } from './batch.ts';
import type { ErrorCode } from './error-code.ts';
import type { Offset } from './offset-range.ts';

/** The answer of the `progress` query, and the result of a job that has ended. */
export interface JobProgress {
  readonly job: string;
  /** `failed`: every lane was stopped by a defect. */
  readonly state: 'starting' | 'running' | 'paused' | 'stopping' | 'completed' | 'failed';
  readonly lanes: readonly LaneProgress[];
  /** The last signal that could not be understood, and why. */
  readonly warning?: string;
}

/** `failed`: stopped by a defect until someone resets or resumes it. */
export type LaneState = 'opening' | 'running' | 'resetting' | 'paused' | 'failed' | 'completed';

export interface LaneProgress {
  readonly topic: string;
  readonly table: string;
  readonly state: LaneState;
  readonly error?: { readonly code: ErrorCode; readonly message: string };
  readonly positions: readonly PartitionOffset[];
  /** Since the job was started; carried over continue-as-new. */
  readonly totals: LaneTotals;
  readonly lagOffsets: Offset;
  readonly lastBatch?: BatchSummary;
}

export interface LaneTotals {
  readonly batches: number;
  readonly rows: number;
  readonly deadLetters: number;
  readonly drops: Drops;
  readonly inputBytes: number;
}

export const noTotals: LaneTotals = { batches: 0, rows: 0, deadLetters: 0, drops: {}, inputBytes: 0 };

export function addBatch(totals: LaneTotals, batch: BatchSummary): LaneTotals {
  return {
    batches: totals.batches + 1,
    rows: totals.rows + batch.rows,
    deadLetters: totals.deadLetters + batch.deadLetters,
    drops: addDrops(totals.drops, batch.drops),
    inputBytes: totals.inputBytes + batch.inputBytes,
  };
}
