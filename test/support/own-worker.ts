import { randomUUID } from 'node:crypto';
import { test as base } from './job-fixture.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

interface OwnWorker {
  readonly taskQueue: string;
  /** A process on the file's task queue; it starts when a test asks for it. */
  readonly worker: WorkerProcess;
}

/** Tests of whole jobs that stop, kill or listen to a worker: those of a file have one of their own. */
export const test = base.extend<OwnWorker>({
  taskQueue: [
    async ({}, use) => {
      await use(`queue-${randomUUID()}`);
    },
    { scope: 'file' },
  ],
  worker: [
    async ({ taskQueue, jobsFolder }, use) => {
      const worker = await startWorkerProcess({ taskQueue, jobsFolder });
      await use(worker);
      await worker.kill();
    },
    { scope: 'file' },
  ],
});
