import { lateAppIdOf } from '../../model/table/app-id.ts';
import type { PlannedRange } from '../../model/batch/batch.ts';
import type { CommitOutputRequest, DeadLetterOutcome } from '../../model/requests/lane-requests.ts';
import { appendDeadLetters } from '../commit/append-dead-letters.ts';
import type { Connections } from '../connections.ts';
import { laneOf } from '../commit/merge-counts.ts';

/**
 * Commits the dead letters of records that came too late for an output, before the output's own commit, with offsets of their
 * own for each output: one may have the batch already, and another not. Safe to repeat.
 * @param ranges what of the batch the output does not have yet
 * @throws BronzeError LANE_FENCED, COMMIT_STATE_UNKNOWN, STAGED_FILE_MISSING.
 */
export async function commitLateRecords(
  connections: Connections,
  { spec, plan, output, parts }: CommitOutputRequest,
  ranges: readonly PlannedRange[],
): Promise<DeadLetterOutcome | { readonly kind: 'none' }> {
  const staged = parts.flatMap(({ lateFiles }) => (lateFiles === undefined ? [] : [lateFiles]));
  if (staged.length === 0) return { kind: 'none' };
  const { job, epoch, batch } = plan;
  return appendDeadLetters(connections, {
    ...{ spec, plan, staged, ranges },
    appIdOf: (range) => lateAppIdOf(job, output, range),
    note: (records) => ({
      ...{ kind: 'lateRecords', ...laneOf(plan), epoch, output, batch, records },
      ranges: ranges.map(({ partition, startOffset, endOffset }) => ({ partition, startOffset, endOffset })),
    }),
  });
}
