import { setTimeout as delay } from 'node:timers/promises';
import { BronzeError } from '../src/errors.ts';
import type { JobLook, WatchAlertsOutcome, WatchAlertsRequest } from '../src/model/requests/alert-requests.ts';
import type { JobSpec } from '../src/model/job/job-spec.ts';
import type { LaneLag } from '../src/model/requests/lane-lag.ts';
import { AlertWatcher } from '../src/observe/alerts/alert-watcher.ts';

export interface WatchedJobs {
  /** A job as it is now; throws what another look may not meet, too. */
  readonly look: (workflowId: string) => Promise<JobLook>;
  readonly measureLag: (spec: JobSpec, topic: string) => Promise<LaneLag>;
}

const lookIntervalMs = 5000;
/** What is remembered gets into history at least this often, for when the worker dies. */
const longestWatchMs = 3_600_000;

/** Looks at the job until something is to be told, or until it is over. `stopping`: another worker is to go on. */
export async function watchAlerts(
  jobs: WatchedJobs,
  request: WatchAlertsRequest,
  { signal, stopping }: { readonly signal: AbortSignal; readonly stopping: AbortSignal },
): Promise<WatchAlertsOutcome> {
  const watcher = new AlertWatcher(request);
  const untilMs = Date.now() + longestWatchMs;
  const either = AbortSignal.any([signal, stopping]);
  for (;;) {
    const job = await unlessOutage(jobs.look(request.workflowId));
    if (job && job.firstRunId !== request.firstRunId) return watcher.end(Date.now());
    if (job) {
      const outcome = watcher.look(
        job,
        watcher.wantsLag ? await lagsOf(jobs, request.spec, job) : new Map(),
        Date.now(),
      );
      if (outcome.kind === 'ended' || outcome.events.length > 0 || Date.now() > untilMs) return outcome;
    }
    await delay(lookIntervalMs, undefined, { signal: either }).catch(() => undefined);
    signal.throwIfAborted();
    if (stopping.aborted) return { kind: 'watched', memory: watcher.memory, events: [] };
  }
}

async function lagsOf(jobs: WatchedJobs, spec: JobSpec, { progress }: JobLook): Promise<ReadonlyMap<string, LaneLag>> {
  const lags = await Promise.all(
    progress.lanes.map(async ({ topic }) => [topic, await unlessOutage(jobs.measureLag(spec, topic))] as const),
  );
  return new Map(lags.flatMap(([topic, lag]) => (lag ? [[topic, lag]] : [])));
}

/** Nothing is known while a server does not answer; the lane's own failures tell of that. */
async function unlessOutage<Found>(finding: Promise<Found>): Promise<Found | undefined> {
  try {
    return await finding;
  } catch (error) {
    if (error instanceof BronzeError && error.retryable) return undefined;
    throw error;
  }
}
