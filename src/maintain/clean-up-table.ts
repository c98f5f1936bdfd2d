import { isCheckpointMissing } from '../delta/checkpoint/checkpoint-due.ts';
import type { WrittenCheckpoint } from '../delta/checkpoint/write-checkpoint.ts';
import { cleanLog, type CleanLogOutcome, type CleanLogRequest } from './clean-log.ts';

/** Writes a checkpoint of a table's newest version, in an engine process; `undefined` where it has one. */
export type CheckpointTable = (tableRoot: string, signal: AbortSignal) => Promise<WrittenCheckpoint | undefined>;

export interface CleanedTable {
  /** The version of the checkpoint that was missing. */
  readonly checkpoint: number | undefined;
  readonly log: CleanLogOutcome;
}

/**
 * Log clean-up, after a checkpoint where `delta.checkpointInterval` commits have none: only what a checkpoint stands for
 * may ever go. A dry run writes none.
 */
export async function cleanUpTable(request: CleanLogRequest, writeCheckpoint: CheckpointTable): Promise<CleanedTable> {
  const { table, signal, dryRun = false } = request;
  const state = await table.refresh();
  const isMissing = !dryRun && state !== undefined && (await isCheckpointMissing(table.store, state));
  const written = isMissing ? await writeCheckpoint(table.store.root, signal) : undefined;
  return { checkpoint: written?.version, log: await cleanLog(request) };
}
