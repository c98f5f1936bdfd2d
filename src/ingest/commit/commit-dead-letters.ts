import { appIdOf } from '../../model/table/app-id.ts';
import type { CommitRequest, DeadLetterOutcome } from '../../model/requests/lane-requests.ts';
import { appendDeadLetters } from './append-dead-letters.ts';
import type { Connections } from '../connections.ts';
import { laneOf, mergeCounts } from './merge-counts.ts';

/**
 * Commits a batch's dead letters with offsets of their own, before its rows (invariant 5). Safe to repeat.
 * @throws BronzeError LANE_FENCED, COMMIT_STATE_UNKNOWN.
 */
export async function commitDeadLetters(connections: Connections, request: CommitRequest): Promise<DeadLetterOutcome> {
  const { spec, plan, groups } = request;
  const { job, epoch, batch } = plan;
  return appendDeadLetters(connections, {
    ...{ spec, plan, ranges: plan.ranges },
    staged: groups.map((group) => group.deadLetterFiles),
    appIdOf: (range) => appIdOf(job, range),
    note: () => ({ kind: 'batch', ...laneOf(plan), epoch, batch, ranges: mergeCounts(plan, groups) }),
  });
}
