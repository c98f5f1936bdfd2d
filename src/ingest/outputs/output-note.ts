import { addOutputCounts, noOutputCounts, type OutputPlan } from '../../model/outputs/output-batch.ts';
import type { OutputSpec } from '../../model/outputs/output-spec.ts';
import type { CommitOutputRequest } from '../../model/requests/lane-requests.ts';
import type { PlannedRange } from '../../model/batch/batch.ts';
import type { OutputBatchNote } from '../../model/table/commit-note.ts';
import { laneOf } from '../commit/merge-counts.ts';
import type { OutputHead } from './output-head.ts';
import { closedThroughOf } from './output-summary.ts';
import { plannedOutput } from './planned-output.ts';

/** What the commit of a batch into an output says that it did. */
export function outputNote(
  { plan, output: name, parts }: CommitOutputRequest,
  output: OutputSpec,
  done: {
    readonly ranges: readonly PlannedRange[];
    readonly head: OutputHead;
    readonly rows: number;
    readonly removedRows: number;
  },
): OutputBatchNote {
  const { ranges, head, rows, removedRows } = done;
  const counts = parts.map((part) => part.counts).reduce(addOutputCounts, noOutputCounts);
  return {
    ...{ kind: 'outputBatch', ...laneOf(plan), epoch: plan.epoch, output: name, batch: plan.batch },
    ranges: ranges.map(({ partition, startOffset, endOffset }) => ({ partition, startOffset, endOffset })),
    ...{ counts, rows, removedRows, open: head.open },
    ...rulesOf(output, plannedOutput(plan, name)),
    ...closedThroughOf(head),
  };
}

/** What a record was held against besides the records before it: `bronze verify` has no other way to know. */
function rulesOf(
  output: OutputSpec,
  { closedThroughUs }: OutputPlan,
): Pick<OutputBatchNote, 'lateness' | 'deleteWhen'> {
  if (output.kind === 'merge') return { deleteWhen: output.deleteWhen ?? '' };
  if (output.kind !== 'aggregate' || output.window === undefined) return {};
  const { delayMs, maxAheadMs, late } = output.window;
  return {
    lateness: {
      delayMs,
      ...(maxAheadMs === undefined ? {} : { maxAheadMs }),
      ...(late === undefined ? {} : { late }),
      ...(closedThroughUs === undefined ? {} : { closedThroughUs }),
    },
  };
}
