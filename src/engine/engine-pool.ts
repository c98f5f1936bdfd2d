import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BronzeError } from '../errors.ts';
import { EngineProcess } from './engine-process.ts';

export interface EnginePoolOptions {
  /** Processes, and so tasks at a time. */
  readonly size: number;
  /** Module of the child; it calls `serveEngineTasks`. */
  readonly childEntry: string;
  /** A process that holds more than this after a task is replaced by a new one. */
  readonly recycleAboveBytes: number;
  /** Folder of this pool alone; made at the first task, removed by `close`. */
  readonly scratchRoot: string;
}

/** Engine processes, each with one task at a time; further tasks wait. Processes start when they are needed, or before. */
export class EnginePool {
  readonly size: number;
  readonly #options: EnginePoolOptions;
  readonly #idle: EngineProcess[] = [];
  readonly #all = new Set<EngineProcess>();
  readonly #waiting: (() => void)[] = [];
  readonly #running = new Set<Promise<unknown>>();
  #busy = 0;
  #isClosed = false;

  constructor(options: EnginePoolOptions) {
    this.size = options.size;
    this.#options = options;
  }

  /** Starts what processes are missing, so that no task has to wait for that. */
  warmUp(): void {
    this.#assertOpen();
    while (this.#all.size < this.size) this.#idle.push(this.#startEngine());
  }

  /**
   * Runs a task made for a scratch folder of its own, which is gone afterwards, however the task ended.
   * @throws BronzeError ENGINE_CRASHED, WORKER_STOPPING, what the task throws, or the signal's reason.
   */
  async run<Result>(
    makeInput: (scratchFolder: string) => unknown,
    signal: AbortSignal,
    onProgress: (progress: unknown) => void = () => undefined,
  ): Promise<Result> {
    this.#assertOpen();
    await this.#takeTurn(signal);
    const over = Promise.withResolvers<undefined>();
    this.#running.add(over.promise);
    const scratchFolder = join(this.#options.scratchRoot, randomUUID());
    let engine: EngineProcess | undefined;
    try {
      this.#assertOpen();
      await mkdir(this.#options.scratchRoot, { recursive: true });
      this.#assertOpen();
      engine = this.#takeEngine();
      return (await engine.run(makeInput(scratchFolder), signal, onProgress)) as Result;
    } catch (error) {
      // A process that was ended by `close` did not crash.
      this.#assertOpen();
      throw error;
    } finally {
      if (engine) await this.#giveBack(engine);
      await rm(scratchFolder, { recursive: true, force: true });
      this.#endTurn();
      this.#running.delete(over.promise);
      over.resolve(undefined);
    }
  }

  /** Ends all processes, and with them their tasks; further ones are refused. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#all].map((engine) => engine.end()));
    await Promise.all(this.#running);
    await rm(this.#options.scratchRoot, { recursive: true, force: true });
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new BronzeError('WORKER_STOPPING', 'the engine processes of this worker have ended');
  }

  /** A process that failed at a task is as good as before, unless it died of it. */
  async #giveBack(engine: EngineProcess): Promise<void> {
    if (engine.isAlive && engine.residentBytes <= this.#options.recycleAboveBytes) this.#idle.push(engine);
    else await engine.end();
  }

  async #takeTurn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#busy < this.size) {
      this.#busy += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const onTurn = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(onTurn), 1);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(onTurn);
    });
  }

  /** The next in line takes over the turn. */
  #endTurn(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#busy -= 1;
  }

  #takeEngine(): EngineProcess {
    for (let engine = this.#idle.pop(); engine; engine = this.#idle.pop()) if (engine.isAlive) return engine;
    for (const engine of this.#all) if (!engine.isAlive) this.#all.delete(engine);
    return this.#startEngine();
  }

  #startEngine(): EngineProcess {
    const engine = new EngineProcess(this.#options.childEntry);
    this.#all.add(engine);
    return engine;
  }
}
