import { CancellationScope, condition, isCancellation, log, patched, uuid4 } from '@temporalio/workflow';
import type { LanePosition } from '../src/model/batch/batch.ts';
import { addBatch, noTotals, type LaneProgress, type LaneState } from '../src/model/requests/job-progress.ts';
import { pathForTopic } from '../src/model/job/job-spec.ts';
import type { ResetRequest } from '../src/model/requests/reset-request.ts';
import { openLane, resetLane } from './activity-proxies.ts';
import { findFailure, type LaneError } from './find-failure.ts';
import { carriedProgress, progressFrom, type LaneContinuation } from './lane-continuation.ts';
import { LaneMemory } from './lane-memory.ts';
import type { LaneOrders } from './lane-orders.ts';
import { patches } from './patches.ts';
import type { CommittedBatch } from './position-after.ts';
import { RunningBatch } from './running-batch.ts';

/** One topic's sequence of micro-batches. Lanes do not wait for each other. */
export class Lane {
  readonly topic: string;
  progress: LaneProgress;
  readonly #orders: LaneOrders;
  readonly #memory: LaneMemory;
  #pendingResets: ResetRequest[];
  #batch: RunningBatch | undefined;
  #hasEnded = false;
  #refusals = new WeakMap<ResetRequest, LaneError>();
  /** A table or a broker that does not answer must not hold up a stop. */
  #opening: CancellationScope | undefined;

  constructor(orders: LaneOrders, topic: string, continuation?: LaneContinuation) {
    this.topic = topic;
    this.#orders = orders;
    this.#memory = new LaneMemory(continuation);
    this.#pendingResets = [...(continuation?.pendingResets ?? [])];
    const table = pathForTopic(orders.spec.table.path, topic);
    const unopened = { topic, table, state: 'opening', positions: [], totals: noTotals, lagOffsets: '0' } as const;
    this.progress = continuation ? progressFrom(continuation) : unopened;
  }

  get isResetting(): boolean {
    return this.#pendingResets.length > 0;
  }

  /** Why a reset changed nothing; `undefined` where it was done, or is still to be done. */
  refusalOf(request: ResetRequest): LaneError | undefined {
    return this.#refusals.get(request);
  }

  /** Does the lane need to run once more? Orders may come after its end. */
  get isOwed(): boolean {
    return this.#hasEnded && (this.isResetting || !this.isAtRest);
  }

  continuation(): LaneContinuation {
    const { topic, progress } = this;
    return {
      topic,
      progress: carriedProgress(progress),
      pendingResets: this.#pendingResets,
      ...this.#memory.continuation,
    };
  }

  reset(request: ResetRequest): void {
    this.#pendingResets.push(request);
    this.interrupt();
  }

  /** Has the lane come to rest, by itself or by order? */
  get isAtRest(): boolean {
    return ['paused', 'failed', 'completed'].includes(this.progress.state);
  }

  /** Tries again after a defect. */
  retry(): void {
    if (this.progress.state === 'failed') this.#show('opening');
  }

  /** Frees a batch that is parked without a plan, so that the lane looks at its orders again. */
  interrupt(): void {
    if (this.#orders.stopping || this.#orders.rollingOver) this.#opening?.cancel();
    this.#batch?.release();
  }

  /** The workflow id of the batch that runs. */
  get batchId(): string | undefined {
    return this.#batch?.workflowId;
  }

  /** How often in a row the lane's batch was given up for the job to continue as new. */
  get givenUpBatches(): number {
    return this.#memory.givenUpBatches;
  }

  /** Ends a batch that would hold up all others. It is planned anew from the table, once that is opened again. */
  giveUpBatch(): void {
    if (!this.#batch) return;
    log.warn('a batch is given up for the job to continue as new', { topic: this.topic });
    this.#memory.gaveUpBatch();
    this.#batch.giveUp();
  }

  /** Runs until the job stops, rolls over, or has nothing more to do. Defects stop the lane, not the job. */
  async run(): Promise<void> {
    const orders = this.#orders;
    this.#hasEnded = false;
    while (!this.#hasEnded && (!orders.rollingOver || orders.stopping || this.isResetting)) {
      try {
        this.#hasEnded = await this.#advance();
      } catch (error) {
        if (isCancellation(error) && CancellationScope.current().consideredCancelled) throw error;
        this.#fail(error);
      }
      orders.onMove();
    }
    this.#hasEnded = true;
    if (orders.paused && !this.isAtRest) this.#show('paused');
  }

  /** One move of the lane; true when it has ended. */
  async #advance(): Promise<boolean> {
    const orders = this.#orders;
    const request = this.#pendingResets[0];
    if (request) {
      await this.#resetTo(request);
      return false;
    }
    if (orders.stopping) {
      if (this.progress.state !== 'failed') this.#show('completed');
      return true;
    }
    if (this.progress.state === 'failed' || orders.paused) {
      await this.#rest();
      return false;
    }
    return this.#ingest(this.#memory.openPosition ?? (await this.#open()));
  }

  /** Until somebody acts on what holds the lane: a defect or a pause. */
  async #rest(): Promise<void> {
    const orders = this.#orders;
    if (this.progress.state !== 'failed') this.#show('paused');
    const isHeld = (): boolean => this.progress.state === 'failed' || orders.paused;
    await condition(() => !isHeld() || orders.stopping || orders.rollingOver || this.isResetting);
  }

  async #open(): Promise<LanePosition> {
    this.#show('opening');
    const { spec } = this.#orders;
    const { topic } = this;
    this.#opening = new CancellationScope();
    try {
      const opened = await this.#opening.run(() =>
        openLane.executeWithOptions({ summary: topic }, [{ spec, topic, ...this.#memory.past }]),
      );
      this.#moveTo(opened);
      return opened;
    } finally {
      this.#opening = undefined;
    }
  }

  async #resetTo(request: ResetRequest): Promise<void> {
    const before = this.progress;
    this.#show('resetting');
    const { spec } = this.#orders;
    const { topic } = this;
    const resetId = uuid4();
    try {
      const moved = await resetLane.executeWithOptions({ summary: topic }, [
        { spec, topic, request, resetId, ...this.#memory.past },
      ]);
      this.#moveTo(moved);
      this.#show('running');
    } catch (error) {
      const failure = findFailure(error);
      // An order that cannot be carried out changes nothing, and is no reason to stop.
      if (failure === 'ended' || !['RESET_INVALID', 'OFFSETS_LOST'].includes(failure.code)) {
        this.#memory.resetFailed(resetId);
        if (patched(patches.reopensAfterFailedReset)) this.#memory.reopen();
        throw error;
      }
      this.#refusals.set(request, failure);
      this.progress = before;
      this.#orders.onRefusedReset(topic, failure.message);
    } finally {
      this.#pendingResets.shift();
    }
  }

  async #ingest(position: LanePosition): Promise<boolean> {
    this.#show('running');
    this.#batch = await RunningBatch.start(this.#orders, position, this.#memory);
    const { paused, stopping, rollingOver } = this.#orders;
    if (paused || stopping || rollingOver || this.isResetting) this.interrupt();
    try {
      const result = await this.#batch.result();
      switch (result.kind) {
        case 'committed':
          this.#committed(position, result);
          return false;
        case 'released':
          return false;
        case 'reopen':
          log.info('reopening lane', { topic: this.topic, reason: result.reason });
          this.#memory.reopen();
          return false;
        case 'logEndsBefore':
          log.warn('Kafka has lost offsets that were ingested; going on at the end of its log', { topic: this.topic });
          this.#pendingResets.push(result.reset);
          return false;
        case 'drained':
          this.#show('completed');
          return true;
      }
    } catch (error) {
      // An attempt of an opening or a reset that was given up may go on and take the lane over. Where it was another run,
      // opening the lane is refused.
      const failure = findFailure(error);
      if (failure === 'ended' || failure.code !== 'LANE_FENCED' || !patched(patches.reopensWhenFenced)) throw error;
      log.info('reopening lane', { topic: this.topic, reason: failure.message });
      this.#memory.reopen();
      return false;
    } finally {
      this.#batch = undefined;
    }
  }

  #committed(before: LanePosition, batch: CommittedBatch): void {
    const { summary } = batch;
    const { positions } = this.#memory.committed(before, batch, this.#orders.spec);
    this.progress = {
      ...this.progress,
      positions,
      totals: addBatch(this.progress.totals, summary),
      lagOffsets: summary.lagOffsets,
      lastBatch: summary,
    };
    this.#orders.onProgress();
  }

  #moveTo(position: LanePosition): void {
    this.#memory.moveTo(position);
    this.progress = { ...this.progress, positions: position.positions };
  }

  #show(state: LaneState): void {
    if (this.progress.state === state) return;
    const { error: _cleared, ...rest } = this.progress;
    this.progress = { ...rest, state };
    this.#orders.onProgress();
  }

  #fail(error: unknown): void {
    const failure = findFailure(error);
    // Somebody ended the batch. What it had committed is in the table: open the lane again, unless it is fenced now.
    if (failure === 'ended') {
      this.#memory.reopen();
      return;
    }
    this.progress = { ...this.progress, state: 'failed', error: failure };
    log.error('lane stopped', { topic: this.topic, ...failure });
    this.#orders.onProgress();
  }
}
