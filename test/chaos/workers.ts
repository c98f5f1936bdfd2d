import { readdir, readFile } from 'node:fs/promises';
import { engineProcesses } from '../support/child-processes.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';

interface WorkerFleetOptions {
  readonly taskQueue: string;
  readonly env: NodeJS.ProcessEnv;
  /** Every process of the fleet has this in its environment. */
  readonly mark: string;
  readonly count: number;
}

/** The worker processes of a scenario. */
export class WorkerFleet {
  readonly #options: WorkerFleetOptions;
  readonly #workers: WorkerProcess[] = [];
  readonly #ended: WorkerProcess[] = [];
  /** Processes that stand still. */
  readonly #frozen = new Set<number>();
  /** Nothing else would end them when this process is told to end. */
  readonly #endAll = (): void => {
    for (const pid of [...this.#workers.map((worker) => worker.pid), ...this.#frozen]) signal(pid, 'SIGKILL');
  };

  private constructor(options: WorkerFleetOptions) {
    this.#options = options;
  }

  static async start(options: WorkerFleetOptions): Promise<WorkerFleet> {
    const fleet = new WorkerFleet(options);
    process.on('exit', fleet.#endAll);
    await Promise.all(Array.from({ length: options.count }, () => fleet.add()));
    return fleet;
  }

  get all(): readonly WorkerProcess[] {
    return this.#workers;
  }

  async add(): Promise<void> {
    const { taskQueue, env, mark } = this.#options;
    this.#workers.push(await startWorkerProcess({ taskQueue, engines: 1, env: { ...env, KAFKA_BRONZE_CHAOS: mark } }));
  }

  /** One that has ended by itself as well. */
  async replace(worker: WorkerProcess): Promise<void> {
    await this.kill(worker);
    await this.add();
  }

  async kill(worker: WorkerProcess): Promise<void> {
    this.#remove(worker);
    await worker.kill();
  }

  /** Lets running activities end; gives the exit code. */
  async stop(worker: WorkerProcess): Promise<number | null> {
    this.#remove(worker);
    return worker.stop();
  }

  async enginesOf(worker: WorkerProcess): Promise<readonly number[]> {
    return engineProcesses(worker);
  }

  freeze(pids: readonly number[]): void {
    for (const pid of pids) {
      this.#frozen.add(pid);
      signal(pid, 'SIGSTOP');
    }
  }

  thaw(pids: readonly number[]): void {
    for (const pid of pids) {
      this.#frozen.delete(pid);
      signal(pid, 'SIGCONT');
    }
  }

  /** Whatever is left of it ends with this process only where nobody calls this. */
  async end(): Promise<void> {
    this.thaw([...this.#frozen]);
    for (const worker of [...this.#workers]) await this.kill(worker);
    process.off('exit', this.#endAll);
  }

  /** What the workers have printed, the ended ones first. */
  output(): string {
    return [...this.#ended, ...this.#workers]
      .map((worker) => `--- worker ${String(worker.pid)}\n${worker.output()}`)
      .join('\n');
  }

  /** Ids of processes of the fleet that are left, engines too. */
  async remains(): Promise<readonly number[]> {
    const found: number[] = [];
    for (const name of await readdir('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      const environment = await readFile(`/proc/${name}/environ`, 'utf8').catch(() => '');
      if (environment.includes(`KAFKA_BRONZE_CHAOS=${this.#options.mark}`)) found.push(Number(name));
    }
    return found;
  }

  #remove(worker: WorkerProcess): void {
    const index = this.#workers.indexOf(worker);
    if (index >= 0) this.#ended.push(...this.#workers.splice(index, 1));
  }
}

/** To a process that may have gone. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
