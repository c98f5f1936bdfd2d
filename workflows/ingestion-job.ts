import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  log,
  sleep,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { JobInput } from '../src/model/job/job-input.ts';
import type { JobProgress } from '../src/model/requests/job-progress.ts';
import type { JobSpec } from '../src/model/job/job-spec.ts';
import { discoverTopics, resolveJob, startMaintenance } from './activity-proxies.ts';
import { findFailure } from './find-failure.ts';
import { handleMessages } from './job-handlers.ts';
import { JobState } from './job-state.ts';
import type { LaneContinuation } from './lane-continuation.ts';
import { startAlerts } from './start-alerts.ts';
import { jobSearchAttributes } from './search-attributes.ts';

/** What one run of a job hands to the next. `spec` stays as it was when the job was started. */
export interface JobContinuation {
  readonly spec: JobSpec;
  readonly searchAttributes: boolean;
  readonly paused: boolean;
  readonly lanes: readonly LaneContinuation[];
}

const topicDiscoveryInterval = '1m';

/**
 * Runs a job until it is stopped: a lane per topic, each a sequence of `microBatch` children. Ends with the progress of
 * all lanes; fails only when every lane was stopped by a defect.
 */
export async function ingestionJob(input: JobInput, continuation?: JobContinuation): Promise<JobProgress> {
  const job = new JobState();
  job.paused = continuation?.paused ?? false;
  handleMessages(job);
  void job.keepDetails();

  const { spec, searchAttributes } = continuation ?? (await orFail(resolveJob(input)));
  if (searchAttributes) upsertSearchAttributes(jobSearchAttributes(spec.name));
  job.begin(spec, searchAttributes);
  if (spec.maintenance && !continuation) await tryToMaintain(spec, input);
  if (spec.alerts && !continuation) await startAlerts(spec);
  const lanes: readonly { topic: string; continued?: LaneContinuation }[] =
    continuation?.lanes.map((lane) => ({ topic: lane.topic, continued: lane })) ??
    (await awaitTopics(job, spec)).map((topic) => ({ topic }));
  for (const { topic, continued } of lanes) job.openLane(topic, continued);
  job.applyEarlyResets();
  if (spec.source.topics.kind === 'pattern') void openNewTopics(job, spec);

  await job.ended();
  if (job.rollingOver && !job.stopping) await handOver(job, input, { spec, searchAttributes });
  job.complete();
  await condition(allHandlersFinished);
  return result(job);
}

/** Continues the job as new, unless it is stopped while its handlers end: that is for this run to answer. */
async function handOver(
  job: JobState,
  input: JobInput,
  resolved: Pick<JobContinuation, 'spec' | 'searchAttributes'>,
): Promise<void> {
  job.handingOver = true;
  await condition(() => job.stopping || allHandlersFinished());
  if (job.stopping) return job.ended();
  const lanes = job.lanes.map((lane) => lane.continuation());
  return continueAsNew<typeof ingestionJob>(input, { ...resolved, paused: job.paused, lanes });
}

/** What cannot even be begun fails the workflow with its own code and message, not with those of an activity. */
async function orFail<T>(beginning: Promise<T>): Promise<T> {
  try {
    return await beginning;
  } catch (error) {
    const failure = findFailure(error);
    if (failure === 'ended') throw error;
    throw ApplicationFailure.nonRetryable(failure.message, failure.code);
  }
}

/** Topics that do not exist yet are waited for, unless the job is stopped: then there are none. */
async function awaitTopics(job: JobState, spec: JobSpec): Promise<readonly string[]> {
  const looking = new CancellationScope();
  const topics = looking.run(() => orFail(discoverTopics({ spec })));
  topics.catch(() => undefined);
  await Promise.race([topics, condition(() => job.stopping)]);
  if (!job.stopping) return topics;
  looking.cancel();
  return [];
}

async function tryToMaintain(spec: JobSpec, input: JobInput): Promise<void> {
  try {
    await startMaintenance({ spec, input });
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('the maintenance of the tables could not be scheduled', { failure: findFailure(error) });
  }
}

/** Runs beside the lanes, and so must not throw. Looks at once: the runs of a busy job may be shorter than the interval. */
async function openNewTopics(job: JobState, spec: JobSpec): Promise<void> {
  try {
    while (!job.stopping && !job.rollingOver) {
      for (const topic of await findTopics(job, spec)) job.openLane(topic);
      await sleep(topicDiscoveryInterval);
      job.considerRollOver();
    }
  } catch (error) {
    if (!isCancellation(error)) throw error;
  }
}

async function findTopics(job: JobState, spec: JobSpec): Promise<readonly string[]> {
  try {
    return await discoverTopics({ spec });
  } catch (error) {
    if (isCancellation(error)) throw error;
    const failure = findFailure(error);
    // Too many of them: somebody has to know that some are not ingested.
    if (failure !== 'ended' && failure.code === 'SPEC_INVALID') job.warn(failure.message);
    else log.warn('new topics cannot be looked for', { failure });
    return [];
  }
}

function result(job: JobState): JobProgress {
  const failed = job.lanes.flatMap(({ topic, progress }) => (progress.error ? [{ topic, ...progress.error }] : []));
  const [first] = failed;
  if (first && failed.length === job.lanes.length) {
    throw ApplicationFailure.nonRetryable(`${first.topic}: ${first.message}`, first.code, job.progress());
  }
  return job.progress();
}
