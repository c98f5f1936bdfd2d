import { addDrops, type BatchSummary, type Drops, type PartitionOffset } from '../batch/batch.ts';
import { addOutputCounts, noOutputCounts, type OutputCounts, type OutputSummary } from '../outputs/output-batch.ts';
import type { ErrorCode } from '../error-code.ts';
import type { Offset } from '../batch/offset-range.ts';

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
  /** By the names of outputs; absent where the job has had none. */
  readonly outputs?: Readonly<Record<string, OutputTotals>>;
}

/** Rows of the job's table as an output took them, and rows that came into its table and left it. */
export interface OutputTotals extends OutputCounts {
  readonly rows: number;
  readonly removedRows: number;
}

const noOutputTotals: OutputTotals = { ...noOutputCounts, rows: 0, removedRows: 0 };

export const noTotals: LaneTotals = { batches: 0, rows: 0, deadLetters: 0, drops: {}, inputBytes: 0 };

export function addBatch(totals: LaneTotals, batch: BatchSummary): LaneTotals {
  return {
    batches: totals.batches + 1,
    rows: totals.rows + batch.rows,
    deadLetters: totals.deadLetters + batch.deadLetters,
    drops: addDrops(totals.drops, batch.drops),
    inputBytes: totals.inputBytes + batch.inputBytes,
    ...(batch.outputs === undefined ? {} : { outputs: addOutputs(totals.outputs ?? {}, batch.outputs) }),
  };
}

function addOutputs(
  totals: NonNullable<LaneTotals['outputs']>,
  outputs: readonly OutputSummary[],
): NonNullable<LaneTotals['outputs']> {
  const added = outputs.map(({ name, counts, rows, removedRows }) => {
    const before = totals[name] ?? noOutputTotals;
    const written = { rows: before.rows + rows, removedRows: before.removedRows + removedRows };
    return [name, { ...addOutputCounts(before, counts), ...written }] as const;
  });
  return { ...totals, ...Object.fromEntries(added) };
}
