import { history } from '../../delta/log/history.ts';
import { readCommitNote } from '../../lake/notes/commit-note-schema.ts';
import type { BatchPlan } from '../../model/batch/batch.ts';
import { noOutputCounts, type OutputSummary } from '../../model/outputs/output-batch.ts';
import type { OutputSpec } from '../../model/outputs/output-spec.ts';
import type { TableHandle } from '../connections.ts';
import type { OutputHead } from './output-head.ts';

type CommitCounts = Pick<OutputSummary, 'counts' | 'rows' | 'removedRows'>;

/** As many commits of others may lie above that of a batch whose answer was lost; with more, its counts are not shown. */
const mostCommitsSince = 100;

/**
 * What the commit of the batch says that it did, when that was not heard of, or was before a crash; nothing where the
 * output passed over the batch, because it had the records by an earlier one.
 */
export async function committedCounts(table: TableHandle, plan: BatchPlan, output: string): Promise<CommitCounts> {
  let looks = 0;
  for await (const { commitInfo } of history(table.store)) {
    const reading = readCommitNote(commitInfo?.kafkaBronze);
    const note = reading.kind === 'note' && reading.note.kind === 'outputBatch' ? reading.note : undefined;
    if (note?.job === plan.job && note.topic === plan.topic && note.output === output) {
      if (note.batch !== plan.batch) break;
      return { counts: note.counts, rows: note.rows, removedRows: note.removedRows };
    }
    if (++looks === mostCommitsSince) break;
  }
  return { counts: noOutputCounts, rows: 0, removedRows: 0 };
}

/** How the output stands; what a batch did to it is not in here. */
export function summaryOf(
  output: OutputSpec,
  version: number,
  head: OutputHead,
): Omit<OutputSummary, 'counts' | 'rows' | 'removedRows'> {
  const keepsLate = output.kind === 'aggregate' && output.window?.late === 'deadLetter';
  return {
    ...{ name: output.name, version, open: head.open, stateFiles: head.stateFiles.length },
    ...(keepsLate ? { keepsLate } : {}),
    stateBytes: head.stateFiles.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    ...closedThroughOf(head),
  };
}

/** For people. */
export function closedThroughOf({ closedThroughUs }: OutputHead): { readonly closedThrough?: string } {
  if (closedThroughUs === undefined) return {};
  const date = new Date(Number(BigInt(closedThroughUs) / 1000n));
  return Number.isNaN(date.getTime()) ? {} : { closedThrough: date.toISOString() };
}
