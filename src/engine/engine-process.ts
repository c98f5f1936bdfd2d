import { fork, type ChildProcess } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import { BronzeError } from '../errors.ts';
import { isErrorCode } from '../model/error-code.ts';

/** From the pool to an engine process. */
export interface EngineTask {
  readonly kind: 'task';
  readonly id: number;
  readonly input: unknown;
}

/** Asks an engine process to give up its task and to end. */
export interface EngineEnd {
  readonly kind: 'end';
}

/** How long a process that is to end may take to withdraw what it has begun elsewhere. */
export const endGraceMs = 3000;

/** From an engine process to the pool. */
export type EngineMessage =
  | { readonly kind: 'progress'; readonly id: number; readonly progress: unknown }
  | { readonly kind: 'done'; readonly id: number; readonly result: unknown; readonly residentBytes: number }
  | {
      readonly kind: 'failed';
      readonly id: number;
      readonly code: string;
      readonly message: string;
      readonly residentBytes: number;
    };

/** A child process that works on one task at a time. What kills it ends its task, and nothing else. */
export class EngineProcess {
  readonly #child: ChildProcess;
  #residentBytes = 0;
  readonly #exited: Promise<void>;
  #nextId = 0;
  #isWorking = false;
  #stderr = '';

  constructor(childEntry: string) {
    this.#child = fork(childEntry, [], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // A young generation of three times this size is plenty for records that live for one chunk.
      execArgv: [...process.execArgv, '--max-semi-space-size=4'],
      // Few arenas of glibc's malloc: the engine's threads would each keep freed memory of their own.
      env: { ...process.env, ...compileCache(), MALLOC_ARENA_MAX: '2' },
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = `${this.#stderr}${chunk.toString()}`.slice(-2000);
    });
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      // A message to a process that is gone: the exit tells of it. One that could not be started has no exit.
      this.#child.on('error', (error) => {
        if (this.#child.pid !== undefined) return;
        this.#stderr = error.message;
        resolve();
      });
    });
  }

  get isAlive(): boolean {
    const { pid, exitCode, signalCode, connected } = this.#child;
    return pid !== undefined && exitCode === null && signalCode === null && connected;
  }

  /** Resident memory after the last task, as the process told it. */
  get residentBytes(): number {
    return this.#residentBytes;
  }

  /** An aborted task has let go of its files when this rejects. @throws BronzeError ENGINE_CRASHED when the process ends before the task; the task's own error; the signal's reason. */
  run(input: unknown, signal: AbortSignal, onProgress: (progress: unknown) => void): Promise<unknown> {
    if (this.#child.pid === undefined) return this.#failToStart();
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      const settle = (end: () => void): void => {
        this.#child.off('message', onMessage);
        this.#child.off('exit', onExit);
        signal.removeEventListener('abort', onAbort);
        end();
      };
      const onMessage = (message: EngineMessage): void => {
        if (message.id !== id) return;
        switch (message.kind) {
          case 'progress':
            onProgress(message.progress);
            return;
          case 'done':
            this.#isWorking = false;
            this.#residentBytes = message.residentBytes;
            settle(() => resolve(message.result));
            return;
          case 'failed':
            this.#isWorking = false;
            this.#residentBytes = message.residentBytes;
            settle(() => reject(failureOf(message.code, message.message)));
        }
      };
      const onExit = (code: number | null, killedBy: NodeJS.Signals | null): void => {
        settle(() => reject(this.#crash(code, killedBy)));
      };
      const onAbort = (): void => {
        settle(() => void this.end().then(() => reject(signal.reason as Error)));
      };
      this.#child.on('message', onMessage);
      this.#child.once('exit', onExit);
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
      else {
        this.#isWorking = true;
        this.#child.send({ kind: 'task', id, input } satisfies EngineTask);
      }
    });
  }

  /** At once, unless it is in the middle of a task, which may have something to withdraw. */
  async end(): Promise<void> {
    const isAsked = this.#isWorking && this.isAlive;
    if (isAsked) this.#child.send({ kind: 'end' } satisfies EngineEnd);
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), isAsked ? endGraceMs : 0);
    await this.#exited;
    clearTimeout(kill);
  }

  async #failToStart(): Promise<never> {
    await this.#exited;
    throw new BronzeError('ENGINE_CRASHED', `an engine process could not be started: ${this.#stderr}`);
  }

  #crash(code: number | null, killedBy: NodeJS.Signals | null): BronzeError {
    const how = killedBy === null ? `ended with code ${String(code)}` : `was killed by ${killedBy}`;
    // The kernel kills when memory runs out; Node aborts when its own heap is full.
    const isMemory = killedBy === 'SIGKILL' || killedBy === 'SIGABRT' || code === 134;
    const hint = isMemory ? ' (that is how a process ends when memory runs out)' : '';
    const said = this.#stderr.trim().split('\n').at(-1) ?? '';
    return new BronzeError('ENGINE_CRASHED', `an engine process ${how}${hint}${said === '' ? '' : `: ${said}`}`);
  }
}

/** Where this process keeps compiled modules, the engine's can: it saves a third of their start. */
function compileCache(): NodeJS.ProcessEnv {
  const folder = getCompileCacheDir();
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder };
}

function failureOf(code: string, message: string): BronzeError {
  return new BronzeError(isErrorCode(code) ? code : 'INTERNAL', message);
}
