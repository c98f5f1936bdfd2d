import {
  ApplicationFailure,
  ContinueAsNew,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { JobSpec } from '../src/model/job/job-spec.ts';
import {
  noReplayCounts,
  replayedShare,
  type ReplayInput,
  type ReplayProgress,
  type ReplayReport,
  type ReplayShare,
} from '../src/model/requests/replay-requests.ts';
import { planReplay, resolveJob, sendDeadLetters } from './activity-proxies.ts';
import { findFailure } from './find-failure.ts';
import { replayProgressQuery } from './messages.ts';
import { replayDetails } from './replay-details.ts';
import { jobSearchAttributes } from './search-attributes.ts';

/** What one run of a replay hands to the next. */
export interface ReplayContinuation {
  readonly spec: JobSpec;
  readonly shares: readonly ReplayShare[];
  readonly progress: readonly ReplayProgress[];
}

const nothingYet: ReplayProgress = { doneChunks: 0, isDone: false, counts: noReplayCounts };

/**
 * Sends the records of a job's dead letters again, those that the job as it is now would make rows of, once each. The
 * dead-letter tables stay as they are. Ends with what became of all that was chosen.
 */
export async function deadLetterReplay(input: ReplayInput, continuation?: ReplayContinuation): Promise<ReplayReport> {
  let job = continuation?.spec.name ?? '';
  let shares = continuation?.shares ?? [];
  const progress = [...(continuation?.progress ?? [])];
  const report = (): ReplayReport => ({
    job,
    shares: shares.map((share, index) => replayedShare(share, progress[index] ?? nothingYet)),
  });
  setHandler(replayProgressQuery, () => ({
    ...report(),
    chunks: shares.reduce((sum, { chunks }) => sum + chunks, 0),
    doneChunks: progress.reduce((sum, { doneChunks }) => sum + doneChunks, 0),
  }));
  try {
    const spec = continuation?.spec ?? (await begin(input));
    job = spec.name;
    if (!continuation) shares = await planReplay({ spec, input, ...identity() });
    setCurrentDetails(replayDetails(report()));
    for (const [index, share] of shares.entries()) {
      while (progress[index]?.isDone !== true) {
        progress[index] = await sendDeadLetters.executeWithOptions({ summary: share.table }, [{ spec, share }]);
        setCurrentDetails(replayDetails(report()));
        if (workflowInfo().continueAsNewSuggested && !isDone(shares, progress)) {
          await continueAsNew<typeof deadLetterReplay>(input, { spec, shares, progress });
        }
      }
    }
    return report();
  } catch (error) {
    throw asOwnFailure(error, report());
  }
}

/** A person may have given anything. */
async function begin(input: Partial<ReplayInput> | null | undefined): Promise<JobSpec> {
  if (input?.job === undefined) throw ApplicationFailure.nonRetryable('the input names no job', 'USAGE');
  const { spec, searchAttributes } = await resolveJob(input.job);
  if (searchAttributes) upsertSearchAttributes(jobSearchAttributes(spec.name));
  return spec;
}

/** The first run's id stays that of the replay when it is continued as new, or reset. */
function identity(): { readonly replayId: string; readonly workflowId: string } {
  const { firstExecutionRunId, workflowId } = workflowInfo();
  return { replayId: firstExecutionRunId, workflowId };
}

function isDone(shares: readonly ReplayShare[], progress: readonly ReplayProgress[]): boolean {
  return shares.every((_, index) => progress[index]?.isDone === true);
}

/** What cannot go on fails the workflow with its own code and message, and with what was sent so far. */
function asOwnFailure(error: unknown, report: ReplayReport): unknown {
  if (error instanceof ApplicationFailure || error instanceof ContinueAsNew) return error;
  const failure = findFailure(error);
  return failure === 'ended' ? error : ApplicationFailure.nonRetryable(failure.message, failure.code, report);
}
