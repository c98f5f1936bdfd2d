import { Context } from '@temporalio/activity';
import { commitBatch } from '../src/ingest/commit/commit-batch.ts';
import { commitDeadLetters } from '../src/ingest/commit/commit-dead-letters.ts';
import type { Connections } from '../src/ingest/connections.ts';
import { discoverTopics } from '../src/ingest/lane/discover-topics.ts';
import { openLane } from '../src/ingest/lane/open-lane.ts';
import { commitOutput } from '../src/ingest/outputs/commit-output.ts';
import { measureLag } from '../src/ingest/plan/measure-lag.ts';
import { pollLane } from '../src/ingest/plan/poll-lane.ts';
import type { WaitingPlaces } from '../src/ingest/plan/waiting-places.ts';
import { resetLane } from '../src/ingest/lane/reset-lane.ts';
import { settleSchema } from '../src/ingest/schema/settle-schema.ts';
import type { LaneContext } from '../src/ingest/lane/lane-context.ts';
import { requireLeaders } from '../src/ingest/transform/require-leaders.ts';
import type { TransformPool } from '../src/ingest/transform-pool.ts';
import { BronzeError } from '../src/errors.ts';
import { maintainTable } from '../src/maintain/maintain-table.ts';
import type { RewriteFiles } from '../src/maintain/rewrite-request.ts';
import type { JobInput } from '../src/model/job/job-input.ts';
import type { JobSpec } from '../src/model/job/job-spec.ts';
import type { MaintenanceTask } from '../src/model/requests/maintenance-requests.ts';
import { alertLine } from '../src/observe/alerts/alert-message.ts';
import { sendAlert } from '../src/observe/alerts/send-alert.ts';
import type { Stage } from '../src/observe/metrics/batch-metrics.ts';
import type { WorkerMetrics } from '../src/observe/metrics/worker-metrics.ts';
import type { ReplayPool } from '../src/replay/replay-pool.ts';
import type { BronzeActivities } from './contract.ts';
import { reportBatch } from './report-batch.ts';
import { watchAlerts, type WatchedJobs } from './watch-alerts.ts';
import { withHeartbeat } from './with-heartbeat.ts';

export interface ActivityDependencies {
  readonly connections: Connections;
  readonly transforms: TransformPool;
  readonly loadJob: (input: JobInput, signal: AbortSignal) => Promise<JobSpec>;
  readonly rewrite: RewriteFiles;
  readonly replays: Pick<ReplayPool, 'plan' | 'send'>;
  readonly schedules: {
    readonly start: (spec: JobSpec, input: JobInput) => Promise<void>;
    readonly end: (job: string, task: MaintenanceTask) => Promise<void>;
  };
  /** Those of the workflows of which an activity has failed, and is tried again. */
  readonly stuckWorkflows: (workflowIds: readonly string[]) => Promise<readonly string[]>;
  /** Does the namespace know our search attributes? */
  readonly searchAttributes: boolean;
  readonly logLine: (line: string) => void;
  readonly metrics: WorkerMetrics;
  readonly jobs: Pick<WatchedJobs, 'look'>;
  /** Where `${VAR}` references of receivers are looked up. */
  readonly env: NodeJS.ProcessEnv;
  /** For lanes whose topics have nothing new. */
  readonly waitingPlaces: WaitingPlaces;
  /** Fires when the worker is to stop: what only waits goes to another worker at once. */
  readonly stopping: AbortSignal;
}

/** The activities, bound to what a worker process shares between them. */
export function createActivities(dependencies: ActivityDependencies): BronzeActivities {
  const { connections, transforms, rewrite, replays, schedules, loadJob, searchAttributes } = dependencies;
  const { env, jobs, logLine, metrics, waitingPlaces, stopping } = dependencies;
  const laneContext = (spec: JobSpec, signal: AbortSignal): LaneContext => ({
    connections,
    discardInFiles: (request, aborted) => transforms.discard(request, aborted),
    spec,
    signal,
  });
  const ofLane = <Result>(
    activity: keyof BronzeActivities,
    { spec, topic, stage }: { readonly spec: JobSpec; readonly topic: string; readonly stage?: Stage },
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> =>
    withHeartbeat((signal) =>
      metrics.during({ activity, spec, topic, signal, ...(stage && { stage }) }, () => work(signal)),
    );
  return {
    resolveJob: (input) => withHeartbeat(async (signal) => ({ spec: await loadJob(input, signal), searchAttributes })),
    discoverTopics: ({ spec }) => withHeartbeat(() => discoverTopics(connections, spec)),
    findStuckBatches: ({ workflowIds }) => withHeartbeat(() => dependencies.stuckWorkflows(workflowIds)),
    openLane: (request) =>
      ofLane('openLane', request, (signal) => openLane(laneContext(request.spec, signal), request)),
    pollOffsets: (request) =>
      ofLane('pollOffsets', { spec: request.spec, topic: request.lane.topic }, async (signal) => {
        try {
          return await waitingPlaces.during((mayWait) =>
            pollLane(connections, request, {
              engines: transforms.size,
              signal: AbortSignal.any([signal, stopping]),
              mayWait,
            }),
          );
        } catch (error) {
          if (!stopping.aborted) throw error;
          throw new BronzeError('WORKER_STOPPING', 'the worker is stopping; another one goes on');
        }
      }),
    transformRange: (request) =>
      ofLane('transformRange', { spec: request.spec, topic: request.plan.topic }, async (signal) => {
        const isRetry = Context.current().info.attempt > 1;
        if (isRetry) await requireLeaders(connections, request.spec, request.plan.topic);
        return transforms.transform(request, signal);
      }),
    settleSchema: (request) => ofLane('settleSchema', request, () => settleSchema(connections, request)),
    routeDeadLetters: (request) =>
      ofLane('routeDeadLetters', { spec: request.spec, topic: request.plan.topic, stage: 'deadLetters' }, () =>
        commitDeadLetters(connections, request),
      ),
    commitOutput: (request) =>
      ofLane('commitOutput', { spec: request.spec, topic: request.plan.topic, stage: 'output' }, (signal) =>
        metrics.countingOutput(request, () =>
          commitOutput({ connections, merge: transforms.mergeOutput, signal }, request),
        ),
      ),
    commitDeltaLog: (request) =>
      ofLane('commitDeltaLog', { spec: request.spec, topic: request.plan.topic, stage: 'commit' }, () =>
        metrics.countingBatch(request, () => commitBatch(connections, request)),
      ),
    resetLane: (request) =>
      ofLane('resetLane', request, (signal) => resetLane(laneContext(request.spec, signal), request)),
    startMaintenance: ({ spec, input }) => withHeartbeat(() => schedules.start(spec, input)),
    endMaintenance: ({ job, task }) => withHeartbeat(() => schedules.end(job, task)),
    maintainTable: (request) =>
      withHeartbeat(async (signal) => {
        const maintained = await maintainTable(connections.table(request.table), request, {
          rewrite,
          checkpoint: (root, aborted) => transforms.checkpoint(root, aborted),
          signal,
        });
        metrics.maintained(request, maintained);
        return maintained;
      }),
    planReplay: (request) => withHeartbeat((signal) => replays.plan(request, signal)),
    sendDeadLetters: (request) => withHeartbeat((signal) => replays.send(request, signal)),
    watchAlerts: (request) =>
      withHeartbeat((signal) =>
        watchAlerts({ look: jobs.look, measureLag: (spec, topic) => measureLag(connections, spec, topic) }, request, {
          ...{ signal, stopping },
        }),
      ),
    notify: ({ event, receiver }) =>
      withHeartbeat(async (signal) => {
        if (receiver === 'log') logLine(alertLine(event));
        else await sendAlert(event, receiver, { env, signal });
      }),
    report: ({ spec, summary }) =>
      ofLane('report', { spec, topic: summary.topic }, () => reportBatch({ connections, logLine }, spec, summary)),
  };
}
