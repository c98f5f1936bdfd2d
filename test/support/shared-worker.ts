import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { temporalConnectionOptions } from '../../src/temporal/connection.ts';
import { installRuntime } from '../../src/temporal/runtime.ts';
import { startWorker } from '../../src/worker.ts';
import { packagedJobsFolder } from '../../src/worker-settings.ts';

/**
 * Starts the worker that the tests of a run share, unless they have their own; it ends with this process. The servers are
 * those of the environment, and so is its task queue afterwards.
 */
export async function startSharedWorker(env: NodeJS.ProcessEnv): Promise<() => Promise<void>> {
  const taskQueue = `shared-${randomUUID()}`;
  const child = fork(import.meta.filename, [taskQueue], { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const exited = once(child, 'exit');
  await Promise.race([
    once(child, 'message'),
    exited.then(([code]) =>
      Promise.reject(new Error(`the shared worker ended with ${String(code)} before it was ready`)),
    ),
  ]);
  env['TEST_TASK_QUEUE'] = taskQueue;
  return async () => {
    child.kill('SIGKILL');
    await exited;
  };
}

if (import.meta.main) {
  process.on('disconnect', () => process.exit());
  installRuntime(() => undefined);
  const [, , taskQueue = ''] = process.argv;
  await startWorker({
    temporal: temporalConnectionOptions(),
    taskQueue,
    jobsFolder: packagedJobsFolder,
    logLine: () => undefined,
  });
  process.send?.('ready');
}
