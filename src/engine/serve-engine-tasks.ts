import { flushCompileCache } from 'node:module';
import { BronzeError, errorMessage } from '../errors.ts';
import { endGraceMs, type EngineEnd, type EngineMessage, type EngineTask } from './engine-process.ts';

const progressIntervalMs = 1000;

/**
 * The child's side of `EngineProcess`: runs tasks as they come, and ends with its parent, or when it is asked to.
 * `withdraw` takes back what an unfinished task has begun elsewhere.
 */
export function serveEngineTasks(
  run: (input: unknown, onProgress: (progress: unknown) => void) => Promise<unknown>,
  withdraw: () => Promise<void> = () => Promise.resolve(),
): void {
  // A statement that the engine is in the middle of would hold up an orderly exit.
  const kill = (): void => void process.kill(process.pid, 'SIGKILL');
  const end = (): void => {
    setTimeout(kill, endGraceMs);
    void withdraw().finally(kill);
  };
  process.on('message', (message: EngineTask | EngineEnd) => {
    if (message.kind === 'end') end();
    else void serve(message);
  });
  process.on('disconnect', end);
  // An interrupt at the terminal reaches all processes of the group: the parent decides when its children end.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);

  // The parent ends its children without a chance to write at their end.
  setImmediate(flushCompileCache);

  async function serve({ id, input }: EngineTask): Promise<void> {
    let lastSentAtMs = 0;
    const onProgress = (progress: unknown): void => {
      const now = Date.now();
      if (now - lastSentAtMs < progressIntervalMs) return;
      lastSentAtMs = now;
      send({ kind: 'progress', id, progress });
    };
    try {
      const result = await run(input, onProgress);
      send({ kind: 'done', id, result, residentBytes: process.memoryUsage.rss() });
    } catch (error) {
      const code = error instanceof BronzeError ? error.code : 'INTERNAL';
      send({ kind: 'failed', id, code, message: errorMessage(error), residentBytes: process.memoryUsage.rss() });
    }
  }
}

function send(message: EngineMessage): void {
  if (process.connected) process.send?.(message);
}
