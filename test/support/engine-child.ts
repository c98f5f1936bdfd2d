/** A child of the engine pool for tests: does what the task says. */
import { writeFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { serveEngineTasks } from '../../src/engine/serve-engine-tasks.ts';
import { BronzeError } from '../../src/errors.ts';

export type TestTask =
  | { readonly kind: 'echo'; readonly text: string }
  | { readonly kind: 'pid' }
  | { readonly kind: 'fail' }
  | { readonly kind: 'crash' }
  | { readonly kind: 'hang'; readonly scratchFolder: string }
  /** Leaves the file when it is given up, as whoever withdraws what it has begun elsewhere. */
  | { readonly kind: 'withdraw'; readonly file: string };

let withdrawn: string | undefined;

serveEngineTasks(
  async (input, onProgress) => {
    const task = input as TestTask;
    switch (task.kind) {
      case 'echo':
        return task.text;
      case 'pid':
        return process.pid;
      case 'fail':
        throw new BronzeError('OFFSETS_LOST', 'the offsets are gone');
      case 'crash':
        return process.kill(process.pid, 'SIGSEGV');
      case 'hang':
        await mkdir(task.scratchFolder, { recursive: true });
        await writeFile(join(task.scratchFolder, 'spill'), 'x');
        onProgress({ pid: process.pid });
        return new Promise(() => undefined);
      case 'withdraw':
        withdrawn = task.file;
        onProgress({ pid: process.pid });
        return new Promise(() => undefined);
    }
  },
  async () => {
    if (withdrawn !== undefined) await writeFile(withdrawn, 'withdrawn');
  },
);
