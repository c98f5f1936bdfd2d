import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { JobProgress } from '../src/model/requests/job-progress.ts';
import { projectRoot } from '../src/stack/project-root.ts';
import { waitUntil } from '../src/stack/wait-until.ts';
import { withClient } from '../src/temporal/client.ts';
import { temporalConnectionOptions } from '../src/temporal/connection.ts';
import { JobClient } from '../src/temporal/job-client.ts';
import { benchEnvironment, readBenchJob } from './bench-job.ts';
import { listeningProcess } from './listening-process.ts';
import { ourStateBatches } from './windows/our-state.ts';
import type { BenchMode, Measurement } from './measurement.ts';
import { watchProcessTree, type TreeUsage } from './process-tree.ts';

export interface BronzeRun {
  readonly mode: BenchMode;
  readonly bootstrapServers: string;
  readonly temporalAddress: string;
  readonly topic: string;
  readonly maxOffsetsPerTrigger: number;
  /** Default: the worker's own. */
  readonly engineMemoryMiB?: number | undefined;
  /** A new folder in it receives the tables. */
  readonly scratchFolder: string;
}

/** Starts a worker of this checkout, and runs the bench's job over the whole topic into new tables. */
export async function measureBronze(run: BronzeRun): Promise<Measurement> {
  const lake = await mkdtemp(join(run.scratchFolder, `bronze-${run.mode}-`));
  const env = { ...process.env, TEMPORAL_ADDRESS: run.temporalAddress, ...benchEnvironment({ ...run, lake }) };
  const document = await readBenchJob(run.mode);
  const taskQueue = `bench-${randomUUID()}`;
  const memory = run.engineMemoryMiB === undefined ? [] : ['--engine-memory', String(run.engineMemoryMiB)];
  const worker = spawn(
    process.execPath,
    [join(projectRoot, 'bin', 'bronze.mjs'), 'worker', '--task-queue', taskQueue, ...memory],
    { cwd: projectRoot, env, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const log = lastOutput(worker);
  const watch = watchProcessTree(worker.pid ?? 0);
  try {
    return await withClient(temporalConnectionOptions(env), async (client) => {
      await workerPolls(client, taskQueue, worker, log);
      const stopServerWatch = watchServer(run.temporalAddress);
      const started = performance.now();
      const jobs = new JobClient(client);
      const { workflowId } = await jobs.start(document, { workflowId: taskQueue, taskQueue });
      const progress = await jobs.result(workflowId);
      const seconds = (performance.now() - started) / 1000;
      const totals = totalsOf(progress);
      return {
        side: 'kafka-bronze',
        ...totals,
        seconds,
        recordsPerSecond: totals.records / seconds,
        usage: watch.stop(),
        serverUsage: stopServerWatch(),
        tables: { table: join(lake, `bench_${run.mode}`), deadLetters: join(lake, `bench_${run.mode}_dlq`) },
        ...(run.mode === 'windows'
          ? { stateBatches: await ourStateBatches(join(lake, 'bench_windows'), join(lake, 'bench_windows_daily')) }
          : {}),
      };
    });
  } catch (error) {
    throw new Error(`The bench's job failed; the end of its worker's output:\n${log()}`, { cause: error });
  } finally {
    watch.stop();
    await end(worker);
  }
}

const { TASK_QUEUE_TYPE_WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY } = proto.temporal.api.enums.v1.TaskQueueType;

/** Starting up is not measured: Spark's clock starts when its session stands, too. */
async function workerPolls(client: Client, taskQueue: string, worker: ChildProcess, log: () => string): Promise<void> {
  const polls = async (taskQueueType: proto.temporal.api.enums.v1.TaskQueueType): Promise<boolean> => {
    const { namespace } = client.options;
    const request = { namespace, taskQueue: { name: taskQueue }, taskQueueType };
    const { pollers } = await client.workflowService.describeTaskQueue(request);
    return pollers.length > 0;
  };
  const ready = await waitUntil(
    async () => {
      if (worker.exitCode !== null) throw new Error(`The worker ended while it started:\n${log()}`);
      return (await polls(TASK_QUEUE_TYPE_WORKFLOW)) && (await polls(TASK_QUEUE_TYPE_ACTIVITY));
    },
    { timeoutMs: 60_000, intervalMs: 100 },
  );
  if (!ready) throw new Error(`The worker does not poll after 60 s:\n${log()}`);
}

function totalsOf(progress: JobProgress): { readonly records: number; readonly batches: number } {
  const totals = progress.lanes.map((lane) => lane.totals);
  return {
    records: totals.reduce((sum, { rows, deadLetters }) => sum + rows + deadLetters, 0),
    batches: totals.reduce((sum, { batches }) => sum + batches, 0),
  };
}

/** Temporal is a server of its own, shared by all jobs of a platform; what it used is told beside the worker's. */
function watchServer(address: string): () => Record<string, TreeUsage> {
  const pid = listeningProcess(Number(address.split(':').at(-1)));
  if (pid === undefined) return () => ({});
  const watch = watchProcessTree(pid);
  return () => ({ temporal: watch.stop() });
}

function lastOutput(child: ChildProcess): () => string {
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-8_000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => output;
}

async function end(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const ended = once(worker, 'exit');
  worker.kill('SIGTERM');
  const timer = setTimeout(() => worker.kill('SIGKILL'), 30_000);
  await ended;
  clearTimeout(timer);
}
