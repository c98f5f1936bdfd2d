import type { Command } from 'commander';
import { BronzeError } from '../../errors.ts';
import { defaultTaskQueue } from '../../temporal/task-queue.ts';
import { printMessage } from '../output/messages.ts';
import { metricsAddressOption, metricsServer } from '../metrics-address.ts';
import { jobsFolderOption } from '../read-option.ts';

interface WorkerOptions {
  readonly taskQueue: string;
  readonly jobsFolder: string;
  readonly engines?: string;
  readonly engineMemory: string;
  readonly metricsAddress?: string;
}

const examples = `
Examples:
  $ bronze worker
  $ bronze worker --engines 8 --engine-memory 1024
  $ bronze worker --metrics-address 127.0.0.1:9464
  $ TEMPORAL_ADDRESS=temporal.example.com:7233 bronze worker --task-queue bronze-gps`;

/** `bronze worker`: works on a task queue until it is told to stop; the second signal does not wait. */
export function registerWorker(program: Command): void {
  program
    .command('worker')
    .summary('run a worker')
    .description('Runs a worker: workflows, activities and engine processes. Ctrl-C lets running activities end.')
    .option('--task-queue <name>', 'task queue', defaultTaskQueue)
    .addOption(jobsFolderOption())
    .option('--engines <count>', 'engine processes (default: one per processor)')
    .option('--engine-memory <MiB>', 'what an engine process may take, roughly', '512')
    .addOption(metricsAddressOption())
    .addHelpText('after', examples)
    .action(work);
}

async function work(options: WorkerOptions): Promise<void> {
  const { flushCompileCache } = await import('node:module');
  const { startWorker } = await import('../../worker.ts');
  const { temporalConnectionOptions } = await import('../../temporal/connection.ts');
  const { localEnvironment } = await import('../local-environment.ts');
  const { installRuntime } = await import('../../temporal/runtime.ts');
  const env = await localEnvironment();
  const temporal = temporalConnectionOptions(env);
  const metrics = metricsServer(options.metricsAddress);
  const meter = installRuntime(printMessage, metrics);
  const worker = await startWorker({
    ...{ temporal, env, meter },
    taskQueue: options.taskQueue,
    jobsFolder: options.jobsFolder,
    engineMemoryBytes: positiveInteger('--engine-memory', options.engineMemory) * 1024 * 1024,
    ...(options.engines === undefined ? {} : { engineProcesses: positiveInteger('--engines', options.engines) }),
  });
  // One that is killed would leave nothing for the start of the next.
  flushCompileCache();
  if (metrics) printMessage(`metrics: http://${metrics.address}/metrics`);
  printMessage(`worker ready: task queue ${options.taskQueue}, Temporal at ${temporal.connectionOptions.address}`);
  const stop = (): void => {
    printMessage('stopping: running activities may end');
    worker.stop().catch(() => undefined);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  await worker.ended;
}

function positiveInteger(option: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new BronzeError('USAGE', `${option}: expected a positive whole number, not ${text}`);
}
