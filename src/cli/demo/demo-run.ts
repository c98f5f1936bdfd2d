import { setTimeout as delay } from 'node:timers/promises';
import { lakeRoot } from '../../lake/lake-root.ts';
import type { JobProgress } from '../../model/requests/job-progress.ts';
import type { RunningStack } from '../../stack/start-stack.ts';
import type { RetryingActivity } from '../../temporal/retrying-activities.ts';
import type { MetricsServer } from '../../temporal/runtime.ts';
import type { DemoJobs } from './demo-jobs.ts';
import type { DemoOptions } from './demo-options.ts';
import type { DemoPhase, DemoSnapshot } from './demo-view.ts';
import { RowRates } from './row-rates.ts';

export interface DemoEnvironment {
  readonly env: NodeJS.ProcessEnv;
  readonly stateFolder: string;
  readonly logLine: (line: string) => void;
  readonly show: (snapshot: DemoSnapshot) => void;
  /** Where the worker's metrics are served; absent where nobody looks. */
  readonly metrics: MetricsServer | undefined;
  /** Fires on the first Ctrl-C. */
  readonly signal: AbortSignal;
}

const refreshIntervalMs = 500;
/** What jobs wait for lasts longer. */
const refreshesPerLookAtRetries = 10;

/** The state of the live view. */
export class DemoRun {
  allProduced = false;
  #options: DemoOptions;
  #demo: DemoEnvironment;
  #webUi: string | undefined;
  #jobs: DemoJobs;
  #startedAtMs = Date.now();
  #rates = new RowRates();
  #produced = 0;
  #phase: DemoPhase = 'running';
  #progress: readonly JobProgress[] = [];
  #retrying: readonly RetryingActivity[] = [];
  #refreshes = 0;

  constructor(options: DemoOptions, demo: DemoEnvironment, stack: RunningStack, jobs: DemoJobs) {
    this.#options = options;
    this.#demo = demo;
    this.#webUi = stack.addresses.temporalUi;
    this.#jobs = jobs;
  }

  get elapsedMs(): number {
    return Date.now() - this.#startedAtMs;
  }

  produced(records: number): void {
    this.#produced = records;
  }

  endProduction(records: number): number {
    this.allProduced = true;
    return records;
  }

  /** Goes on showing the jobs while something of another phase is done. */
  async during<T>(phase: DemoPhase, work: Promise<T>): Promise<T> {
    this.#phase = phase;
    const over = new AbortController();
    const end = (): void => over.abort();
    work.then(end, end);
    while (!over.signal.aborted) {
      await this.#refresh();
      await delay(refreshIntervalMs, undefined, { signal: over.signal }).catch(() => undefined);
    }
    return work;
  }

  /** Shows the jobs until they have failed, the signal ends it, or `isDone` says so. */
  async watch(signal: AbortSignal, isDone: (progress: readonly JobProgress[]) => Promise<boolean>): Promise<void> {
    while (!signal.aborted) {
      await this.#refresh();
      if (await isDone(this.#progress)) return;
      const lanes = this.#progress.flatMap(({ lanes: own }) => own);
      if (lanes.length > 0 && lanes.every(({ state }) => state === 'failed')) return;
      await delay(refreshIntervalMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #refresh(): Promise<void> {
    this.#progress = await this.#jobs.progress();
    if (this.#refreshes++ % refreshesPerLookAtRetries === 0) this.#retrying = await this.#jobs.retrying();
    this.#show();
  }

  #show(): void {
    this.#demo.show({
      webUi: this.#webUi,
      lakeFolder: lakeRoot(this.#demo.env),
      elapsedMs: this.elapsedMs,
      produced: this.#produced,
      wanted: this.#options.records,
      jobs: this.#progress,
      retrying: this.#retrying,
      rates: this.#rates.add(this.#progress, Date.now()),
      phase: this.#phase,
    });
  }
}
