import {
  CancellationScope,
  condition,
  isCancellation,
  log,
  patched,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { JobProgress } from '../src/model/requests/job-progress.ts';
import type { JobSpec } from '../src/model/job/job-spec.ts';
import { parseResetRequest, type ResetRequest } from '../src/model/requests/reset-request.ts';
import { boundedProgress } from './bounded-progress.ts';
import { jobDetails } from './details.ts';
import { findFailure } from './find-failure.ts';
import type { LaneContinuation } from './lane-continuation.ts';
import { Lane } from './lane.ts';
import type { LaneOrders } from './lane-orders.ts';
import { patches } from './patches.ts';
import { giveUpStuckBatches, isHistoryLong } from './roll-over.ts';

/** A job as its messages see it; usable from the first moment, before the spec is loaded or a lane is open. */
export class JobState {
  stopping = false;
  paused = false;
  completed = false;
  /** All lanes have ended for the job to continue as new; orders that are still open go along. */
  handingOver = false;
  /** The history has grown long: lanes come to rest, so that the job can continue as new. */
  rollingOver = false;
  #orders: LaneOrders | undefined;
  #lanes = new Map<string, Lane>();
  #runs: Promise<void>[] = [];
  #earlyResets: unknown[] = [];
  #warning: string | undefined;
  #areDetailsStale = true;

  get lanes(): readonly Lane[] {
    return [...this.#lanes.values()];
  }

  get isOpen(): boolean {
    return this.#orders !== undefined;
  }

  /** Called once the spec is known; lanes can be opened from then on. */
  begin(spec: JobSpec, searchAttributes: boolean): void {
    const isStopping = (): boolean => this.stopping;
    const isPaused = (): boolean => this.paused;
    const isRollingOver = (): boolean => this.rollingOver;
    const laneCount = (): number => this.#lanes.size;
    this.#orders = {
      spec,
      searchAttributes,
      get laneCount() {
        return laneCount();
      },
      get rollingOver() {
        return isRollingOver();
      },
      get stopping() {
        return isStopping();
      },
      get paused() {
        return isPaused();
      },
      onProgress: () => this.#laneChanged(),
      onMove: () => this.considerRollOver(),
      onRefusedReset: (topic, message) => this.warn(`resetCheckpoint of ${topic} was refused: ${message}`),
    };
  }

  openLane(topic: string, continuation?: LaneContinuation): void {
    if (!this.#orders || this.#lanes.has(topic)) return;
    const lane = new Lane(this.#orders, topic, continuation);
    this.#lanes.set(topic, lane);
    this.#run(lane);
    this.#show();
  }

  #run(lane: Lane): void {
    const run = lane.run();
    // Runs are awaited one after the other, and cancelled together.
    run.catch(() => undefined);
    this.#runs.push(run);
  }

  /** A reset that comes after a lane's end is carried out all the same, or handed on to the next run of the job. */
  #runOwed(): void {
    if (this.rollingOver && !this.stopping) return;
    for (const lane of this.lanes) if (lane.isOwed) this.#run(lane);
  }

  /** Whatever makes the history longer asks this: a job whose history is full would be ended by the server. */
  considerRollOver(): void {
    if (this.rollingOver || !isHistoryLong(this.#lanes.size)) return;
    this.rollingOver = true;
    this.#interrupt();
    if (patched(patches.givesUpStuckBatches)) void this.#giveUpStuckBatches();
  }

  /** Runs beside the lanes, and so must not throw. */
  async #giveUpStuckBatches(): Promise<void> {
    try {
      await giveUpStuckBatches(this);
    } catch (error) {
      if (!isCancellation(error))
        log.warn('batches that are stuck cannot be looked for', { failure: findFailure(error) });
    }
  }

  /** Resets that arrived before the lanes were open. */
  applyEarlyResets(): void {
    for (const payload of this.#earlyResets.splice(0)) this.resetFromSignal(payload);
  }

  /** Resolves when every lane has ended; rejects when the job is cancelled. */
  async ended(): Promise<void> {
    for (let index = 0; index < this.#runs.length; index += 1) await this.#runs[index];
  }

  stop(): void {
    this.stopping = true;
    this.#interrupt();
    this.#runOwed();
  }

  pause(): void {
    this.paused = true;
    this.#interrupt();
  }

  resume(): void {
    this.paused = false;
    for (const lane of this.lanes) lane.retry();
    this.#show();
  }

  parseReset(payload: unknown): ReturnType<typeof parseResetRequest> {
    return parseResetRequest(payload, [...this.#lanes.keys()]);
  }

  reset(request: ResetRequest): readonly Lane[] {
    const topics = request.topics ?? (request.to.kind === 'offsets' ? Object.keys(request.to.offsets) : undefined);
    const chosen = this.lanes.filter((lane) => topics?.includes(lane.topic) ?? true);
    for (const lane of chosen) lane.reset(request);
    this.#runOwed();
    return chosen;
  }

  /** A signal has nobody to answer to, so what cannot be read is shown, and changes nothing. */
  resetFromSignal(payload: unknown): void {
    if (this.lanes.length === 0) {
      this.#earlyResets.push(payload);
      return;
    }
    const parsed = this.parseReset(payload);
    if (parsed.ok) {
      this.reset(parsed.value);
      return;
    }
    this.warn(`resetCheckpoint was ignored: expected ${parsed.expected}`);
  }

  warn(warning: string): void {
    this.#warning = warning;
    log.warn(warning);
    this.#show();
  }

  complete(): void {
    this.completed = true;
    setCurrentDetails(jobDetails(this.progress()));
  }

  /** Writes the details once for all that happens at a time: a job of many lanes would do little else. */
  async keepDetails(): Promise<void> {
    await CancellationScope.nonCancellable(async () => {
      while (!this.completed) {
        setCurrentDetails(jobDetails(this.progress()));
        this.#areDetailsStale = false;
        await condition(() => this.#areDetailsStale || this.completed);
      }
    });
  }

  progress(): JobProgress {
    return {
      job: this.#orders?.spec.name ?? workflowInfo().workflowId,
      state: this.#stateName(),
      lanes: boundedProgress(this.lanes.map((lane) => lane.progress)),
      ...(this.#warning === undefined ? {} : { warning: this.#warning }),
    };
  }

  #stateName(): JobProgress['state'] {
    const allFailed = this.lanes.length > 0 && this.lanes.every(({ progress }) => progress.state === 'failed');
    if (this.completed) return allFailed ? 'failed' : 'completed';
    if (this.stopping) return 'stopping';
    if (!this.isOpen) return 'starting';
    return this.paused ? 'paused' : 'running';
  }

  #interrupt(): void {
    for (const lane of this.lanes) lane.interrupt();
    this.#show();
  }

  #laneChanged(): void {
    // Lanes that are parked without a plan would hold the job up for as long as their topics are idle.
    if (this.rollingOver) for (const lane of this.lanes) lane.interrupt();
    const states = this.lanes.map(({ progress }) => progress.state);
    // Nobody waits for those that a defect has stopped, once there are no others.
    if (states.every((state) => state === 'failed' || state === 'completed')) this.stopping = true;
    this.#show();
  }

  #show(): void {
    this.#areDetailsStale = true;
  }
}
