import {
  CancellationScope,
  condition,
  isCancellation,
  log,
  ParentClosePolicy,
  patched,
  startChild,
  uuid4,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import type { LanePosition } from '../src/model/batch/batch.ts';
import { addBatch, noTotals, type LaneProgress, type LaneState } from '../src/model/requests/job-progress.ts';
import { pathForTopic, type JobSpec } from '../src/model/job/job-spec.ts';
import type { LanePast } from '../src/model/requests/lane-requests.ts';
import type { ResetRequest } from '../src/model/requests/reset-request.ts';
import { openLane, resetLane } from './activity-proxies.ts';
import { findFailure, type LaneError } from './find-failure.ts';
import type { LaneContinuation } from './lane-continuation.ts';
import { releaseSignal } from './messages.ts';
import { microBatch } from './micro-batch.ts';
import { patches } from './patches.ts';
import { positionAfter, type CommittedBatch } from './position-after.ts';
import { laneSearchAttributes } from './search-attributes.ts';

/** What the job tells all its lanes. */
export interface LaneOrders {
  readonly spec: JobSpec;
  readonly searchAttributes: boolean;
  readonly stopping: boolean;
  readonly paused: boolean;
  /** The history has grown long: come to rest, so that the job can continue as new. */
  readonly rollingOver: boolean;
  onProgress(): void;
  /** A lane has made a move, and history has grown by it. */
  onMove(): void;
  onRefusedReset(topic: string, message: string): void;
}

/** One topic's sequence of micro-batches. Lanes do not wait for each other. */
export class Lane {
  readonly topic: string;
  progress: LaneProgress;
  #orders: LaneOrders;
  #position: LanePosition | undefined;
  #pendingResets: ResetRequest[];
  /** Ids of resets that failed since the lane was opened: they may have moved it nevertheless. */
  #unheardResets: readonly string[];
  /** What the lane's openings are known again by, in this run and those that continue it. */
  readonly #opener: string;
  #child: ChildWorkflowHandle<typeof microBatch> | undefined;
  #isReleased = false;
  #hasEnded = false;
  #refusals = new WeakMap<ResetRequest, LaneError>();
  /** A table or a broker that does not answer must not hold up a stop. */
  #opening: CancellationScope | undefined;
  #notBeforeMs = 0;
  /** Table, topic or other runs may have moved on: look at them before the next batch. */
  #mustReopen = false;

  constructor(orders: LaneOrders, topic: string, continuation?: LaneContinuation) {
    this.topic = topic;
    this.#orders = orders;
    this.#position = continuation?.position;
    this.#pendingResets = [...(continuation?.pendingResets ?? [])];
    this.#unheardResets = continuation?.unheardResets ?? [];
    this.#opener = continuation?.opener ?? uuid4();
    const table = pathForTopic(orders.spec.table.path, topic);
    this.progress = continuation?.progress ?? {
      topic,
      table,
      state: 'opening',
      positions: [],
      totals: noTotals,
      lagOffsets: '0',
    };
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
    const position = this.#position;
    const [pendingResets, unheardResets, opener] = [this.#pendingResets, this.#unheardResets, this.#opener];
    return { topic, progress, pendingResets, unheardResets, opener, ...(position === undefined ? {} : { position }) };
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
    // Once is enough, and a signal for each move of each lane would make the history of a large job burst.
    if (!this.#child || this.#isReleased) return;
    this.#isReleased = true;
    // The batch may be ending just now; then there is nothing left to free.
    this.#child.signal(releaseSignal).catch(() => undefined);
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
    const position = this.#mustReopen || !this.#position ? await this.#open() : this.#position;
    return this.#ingest(position);
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
    this.#opening = new CancellationScope();
    try {
      const opened = await this.#opening.run(() =>
        openLane.executeWithOptions({ summary: this.topic }, [{ spec, topic: this.topic, ...this.#past }]),
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
    const resetId = uuid4();
    try {
      const moved = await resetLane.executeWithOptions({ summary: this.topic }, [
        { spec, topic: this.topic, request, resetId, ...this.#past },
      ]);
      this.#moveTo(moved);
      this.#show('running');
    } catch (error) {
      const failure = findFailure(error);
      // An order that cannot be carried out changes nothing, and is no reason to stop.
      if (failure === 'ended' || !['RESET_INVALID', 'OFFSETS_LOST'].includes(failure.code)) {
        this.#unheardResets = [...this.#unheardResets, resetId];
        if (patched(patches.reopensAfterFailedReset)) this.#mustReopen = true;
        throw error;
      }
      this.#refusals.set(request, failure);
      this.progress = before;
      this.#orders.onRefusedReset(this.topic, failure.message);
    } finally {
      this.#pendingResets.shift();
    }
  }

  async #ingest(position: LanePosition): Promise<boolean> {
    const { spec, searchAttributes } = this.#orders;
    this.#show('running');
    this.#isReleased = false;
    this.#child = await startChild(microBatch, {
      args: [{ spec, lane: position, notBeforeMs: this.#notBeforeMs, searchAttributes }],
      workflowId: `${spec.name}/${this.topic}/${String(position.nextBatch)}`,
      // A run that holds the lane's epoch is the only one that may commit, so what else runs under this id is a leftover.
      workflowIdReusePolicy: 'TERMINATE_IF_RUNNING',
      parentClosePolicy: ParentClosePolicy.TERMINATE,
      staticSummary: `${this.topic} batch ${String(position.nextBatch)}`,
      ...(searchAttributes ? { typedSearchAttributes: laneSearchAttributes(spec.name, this.topic) } : {}),
    });
    const { paused, stopping, rollingOver } = this.#orders;
    if (paused || stopping || rollingOver || this.isResetting) this.interrupt();
    try {
      const result = await this.#child.result();
      switch (result.kind) {
        case 'committed':
          this.#committed(position, result);
          return false;
        case 'released':
          return false;
        case 'reopen':
          log.info('reopening lane', { topic: this.topic, reason: result.reason });
          this.#mustReopen = true;
          return false;
        case 'logEndsBefore':
          log.warn('Kafka has lost offsets that were ingested; going on at the end of its log', { topic: this.topic });
          this.#pendingResets.push(result.reset);
          return false;
        case 'drained':
          this.#show('completed');
          return true;
      }
    } finally {
      this.#child = undefined;
    }
  }

  #committed(position: LanePosition, committed: CommittedBatch): void {
    const { summary } = committed;
    this.#position = positionAfter(position, committed);
    const { trigger } = this.#orders.spec;
    const plannedAtMs = summary.committedAtMs - summary.durationMs;
    this.#notBeforeMs = trigger.kind === 'interval' ? plannedAtMs + trigger.intervalMs : 0;
    this.progress = {
      ...this.progress,
      positions: this.#position.positions,
      totals: addBatch(this.progress.totals, summary),
      lagOffsets: summary.lagOffsets,
      lastBatch: summary,
    };
    this.#orders.onProgress();
  }

  get #past(): LanePast {
    const previous = this.#position;
    const [unheardResets, opener] = [this.#unheardResets, this.#opener];
    return { ...(previous === undefined ? {} : { previous }), unheardResets, opener };
  }

  #moveTo(position: LanePosition): void {
    this.#mustReopen = false;
    this.#unheardResets = [];
    this.#position = position;
    this.#notBeforeMs = 0;
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
      this.#mustReopen = true;
      return;
    }
    this.progress = { ...this.progress, state: 'failed', error: failure };
    log.error('lane stopped', { topic: this.topic, ...failure });
    this.#orders.onProgress();
  }
}
