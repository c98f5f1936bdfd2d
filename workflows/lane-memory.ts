import { uuid4 } from '@temporalio/workflow';
import type { LanePosition } from '../src/model/batch/batch.ts';
import type { JobSpec } from '../src/model/job/job-spec.ts';
import type { LanePast } from '../src/model/requests/lane-requests.ts';
import type { LaneContinuation } from './lane-continuation.ts';
import { positionAfter, type CommittedBatch } from './position-after.ts';

/** Where a lane stands, and what its next opening and its next batch have to know. Goes along to the next run. */
export class LaneMemory {
  #position: LanePosition | undefined;
  /** Ids of resets that failed since the lane was opened: they may have moved it nevertheless. */
  #unheardResets: readonly string[];
  /** What the lane's openings are known again by, in this run and those that continue it. */
  readonly #opener: string;
  /** Table, topic or other runs may have moved on: look at them before the next batch. */
  #mustReopen: boolean;
  /** Batches in a row that were given up for the job to continue as new. */
  #givenUpBatches: number;
  #notBeforeMs = 0;

  constructor(continuation: LaneContinuation | undefined) {
    this.#position = continuation?.position;
    this.#unheardResets = continuation?.unheardResets ?? [];
    this.#opener = continuation?.opener ?? uuid4();
    this.#mustReopen = continuation?.mustReopen ?? false;
    this.#givenUpBatches = continuation?.givenUpBatches ?? 0;
  }

  /** Absent where the lane has to be opened first. */
  get openPosition(): LanePosition | undefined {
    return this.#mustReopen ? undefined : this.#position;
  }

  /** When the trigger is due for the next batch. */
  get notBeforeMs(): number {
    return this.#notBeforeMs;
  }

  get givenUpBatches(): number {
    return this.#givenUpBatches;
  }

  get past(): LanePast {
    const previous = this.#position;
    const [unheardResets, opener] = [this.#unheardResets, this.#opener];
    return { ...(previous === undefined ? {} : { previous }), unheardResets, opener };
  }

  get continuation(): Omit<LaneContinuation, 'topic' | 'progress' | 'pendingResets'> {
    const { previous: position, ...past } = this.past;
    return {
      ...past,
      ...(position === undefined ? {} : { position }),
      ...(this.#mustReopen ? { mustReopen: true } : {}),
      ...(this.#givenUpBatches === 0 ? {} : { givenUpBatches: this.#givenUpBatches }),
    };
  }

  reopen(): void {
    this.#mustReopen = true;
  }

  /** The lane was opened or reset. */
  moveTo(position: LanePosition): void {
    this.#mustReopen = false;
    this.#unheardResets = [];
    this.#position = position;
    this.#notBeforeMs = 0;
  }

  /** Gives the lane's new position. */
  committed(before: LanePosition, batch: CommittedBatch, { trigger }: JobSpec): LanePosition {
    const { committedAtMs, durationMs } = batch.summary;
    const position = positionAfter(before, batch);
    this.#position = position;
    this.#givenUpBatches = 0;
    this.#notBeforeMs = trigger.kind === 'interval' ? committedAtMs - durationMs + trigger.intervalMs : 0;
    return position;
  }

  gaveUpBatch(): void {
    this.#givenUpBatches += 1;
  }

  resetFailed(resetId: string): void {
    this.#unheardResets = [...this.#unheardResets, resetId];
  }
}
