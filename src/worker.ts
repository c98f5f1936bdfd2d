import { availableParallelism } from 'node:os';
import { Client } from '@temporalio/client';
import { noopMetricMeter } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createActivities } from '../activities/create-activities.ts';
import { defaultEngineMemoryBytes } from './engine/engine-memory.ts';
import { sweepScratchRoots } from './engine/scratch-root.ts';
import { Connections } from './ingest/connections.ts';
import { readParquetRows } from './lake/table/table-log.ts';
import { TableCheckpoints } from './ingest/commit/table-checkpoints.ts';
import { WaitingPlaces } from './ingest/plan/waiting-places.ts';
import { createTransformPool } from './ingest/transform-pool.ts';
import { pinSchema } from './ingest/schema/pin-schema.ts';
import { measureLag } from './ingest/plan/measure-lag.ts';
import type { Meter } from './observe/metrics/metrics.ts';
import { WorkerMetrics } from './observe/metrics/worker-metrics.ts';
import { createRewritePool } from './maintain/rewrite-pool.ts';
import { createReplayPool } from './replay/replay-pool.ts';
import { loadJob } from './spec/load-job.ts';
import { defaultTaskQueue } from './temporal/task-queue.ts';
import type { TemporalConnectionOptions } from './temporal/connection.ts';
import { lookAtJob } from './temporal/look-at-job.ts';
import { endSchedule, startSchedules } from './temporal/maintenance-schedules.ts';
import { stuckWorkflows } from './temporal/retrying-activities.ts';
import { registerSearchAttributes } from './temporal/search-attributes.ts';
import { temporalUnavailable } from './temporal/unavailable.ts';
import { loadWorkflowBundle } from './temporal/workflow-bundle.ts';

export interface WorkerSettings {
  readonly temporal: TemporalConnectionOptions;
  readonly taskQueue?: string;
  /** Folder of the job files that jobs are started from by name. */
  readonly jobsFolder: string;
  /** Engine child processes; each works on one share of a batch at a time. */
  readonly engineProcesses?: number;
  /** What one engine process may take, roughly. */
  readonly engineMemoryBytes?: number;
  /** Activities at a time; each lane of each job takes one, also while its topic is idle. Default: 5,000. */
  readonly activitySlots?: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly logLine?: (line: string) => void;
  /** Where metrics go; absent where nobody looks at them. */
  readonly meter?: Meter | undefined;
}

export interface RunningWorker {
  /** Resolves when the worker has ended; rejects when it failed. */
  readonly ended: Promise<void>;
  /** Lets running activities end, then stops. */
  stop(): Promise<void>;
}

/** Lanes that wait for their topics take most of them; a slot that is not used costs nothing. */
const usualActivitySlots = 5000;
/** The rest is for what lanes do once there is something to do, however many wait. */
const waitingShare = 0.8;

/** Connects to Temporal and starts working on a task queue: workflows, and activities with their engine processes. */
export async function startWorker(settings: WorkerSettings): Promise<RunningWorker> {
  const { temporal, env = process.env, taskQueue = defaultTaskQueue, activitySlots = usualActivitySlots } = settings;
  const connection = await connect(temporal);
  await sweepScratchRoots();
  const logLine = settings.logLine ?? ((line: string) => process.stdout.write(`${line}\n`));
  const memoryBytes = settings.engineMemoryBytes ?? defaultEngineMemoryBytes;
  const transforms = createTransformPool({
    size: settings.engineProcesses ?? availableParallelism(),
    memoryBytes,
  });
  const checkpoints = new TableCheckpoints({ engine: transforms, logLine });
  const connections = new Connections({
    ...{ env, readParquetRows, checkpoints },
    onCommit: (commit) => metrics.committed(commit),
  });
  const { meter } = settings;
  const metrics = new WorkerMetrics({
    meter: meter ?? noopMetricMeter,
    ...(meter && { measureLag: (spec, topic) => measureLag(connections, spec, topic) }),
  });
  const rewrites = createRewritePool({ memoryBytes });
  const replays = createReplayPool({ memoryBytes });
  const stopping = new AbortController();
  transforms.warmUp();
  const release = async (): Promise<void> => {
    await metrics.close();
    await checkpoints.close();
    await transforms.close();
    await rewrites.close();
    await replays.close();
    await connections.close();
    await connection.close();
  };
  try {
    const client = new Client({ connection, namespace: temporal.namespace });
    const activities = createActivities({
      connections,
      transforms,
      rewrite: rewrites.rewrite,
      replays,
      schedules: {
        start: (spec, input) => startSchedules(client, { spec, input, taskQueue }),
        end: (job, task) => endSchedule(client, job, task),
      },
      loadJob: async (input, signal) =>
        pinSchema(loadJob(input, { jobsFolder: settings.jobsFolder, env }), { env, signal }),
      stuckWorkflows: (workflowIds) => stuckWorkflows(client, workflowIds),
      searchAttributes: await registerSearchAttributes(client),
      waitingPlaces: new WaitingPlaces(Math.floor(activitySlots * waitingShare)),
      stopping: stopping.signal,
      logLine,
      metrics,
      env,
      jobs: { look: (workflowId) => lookAtJob(client, workflowId) },
    });
    const worker = await Worker.create({
      connection,
      namespace: temporal.namespace,
      taskQueue,
      workflowBundle: await loadWorkflowBundle(),
      activities: { ...activities },
      maxConcurrentActivityTaskExecutions: activitySlots,
      shutdownGraceTime: '30s',
      shutdownForceTime: '60s',
    });
    const ended = worker.run().finally(release);
    return {
      ended,
      stop: async () => {
        if (worker.getState() === 'RUNNING') worker.shutdown();
        stopping.abort();
        await ended;
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

async function connect({ connectionOptions }: TemporalConnectionOptions): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(connectionOptions);
  } catch (error) {
    throw temporalUnavailable(connectionOptions.address, error);
  }
}
