import type { Action } from '../../delta/actions.ts';
import { newTableActions } from '../../delta/new-table.ts';
import { storedPositions } from '../../delta/commit/offset-positions.ts';
import type { TableState } from '../../delta/table-state.ts';
import { BronzeError } from '../../errors.ts';
import { deadLettersAppIdOf } from '../../model/table/app-id.ts';
import type { BatchPlan } from '../../model/batch/batch.ts';
import type { CommitNote } from '../../model/table/commit-note.ts';
import { deadLetterPartitionColumn, deadLetterSchema } from '../../model/table/dead-letter.ts';
import { toOffset } from '../../model/batch/offset-range.ts';
import { describeCommit } from './commit-info.ts';
import type { TableHandle } from '../connections.ts';
import { laneOf } from './merge-counts.ts';

export function newDeadLetterTable(job: string): readonly Action[] {
  return newTableActions({
    schema: deadLetterSchema,
    partitionColumns: [deadLetterPartitionColumn],
    description: `Records that job ${job} could not ingest`,
  });
}

/** May a batch of the lane, of whatever epoch, have begun to write its first dead letters? */
export function hasClaimedDeadLetters(
  state: TableState | undefined,
  lane: { readonly job: string; readonly topic: string },
): boolean {
  return state?.txns.has(deadLettersAppIdOf(lane.job, lane.topic)) ?? false;
}

export type ClaimOutcome =
  { readonly kind: 'claimed' } | { readonly kind: 'reopen'; readonly reason: string } | { readonly kind: 'fenced' };

/**
 * A dead-letter table that knows nothing of a lane cannot refuse its older epochs. So a lane's first dead letters are
 * announced in the table of rows, which can; whoever opens the lane after that makes the dead-letter table, if need be.
 * @throws BronzeError COMMIT_STATE_UNKNOWN, TABLE_CHANGED.
 */
export async function claimDeadLetters(rows: TableHandle, plan: BatchPlan): Promise<ClaimOutcome> {
  const lane = laneOf(plan);
  const base = await rows.refresh();
  const note: CommitNote = { kind: 'deadLettersClaimed', ...lane, epoch: plan.epoch };
  const outcome = await rows.commit({
    base,
    check: (latest) => refusalOf(latest, plan),
    actions: () => [{ txn: { appId: deadLettersAppIdOf(plan.job, plan.topic), version: toOffset(plan.epoch) } }],
    commitInfo: describeCommit(note),
  });
  return outcome.kind === 'committed' ? { kind: 'claimed' } : outcome.reason;
}

function refusalOf(latest: TableState | undefined, plan: BatchPlan): ClaimOutcome | undefined {
  const { epoch } = storedPositions(latest, laneOf(plan));
  if (epoch !== undefined && epoch > plan.epoch) return { kind: 'fenced' };
  if (epoch !== plan.epoch) return { kind: 'reopen', reason: `the table is not at epoch ${String(plan.epoch)}` };
  return hasClaimedDeadLetters(latest, plan) ? { kind: 'claimed' } : undefined;
}

export function deadLettersFenced(plan: BatchPlan, root: string): BronzeError {
  return new BronzeError(
    'LANE_FENCED',
    `${root}: another run has opened the lane of ${plan.topic}. Nothing was committed.`,
  );
}
