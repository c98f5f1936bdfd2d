import { CancellationScope, ParentClosePolicy, startChild, type ChildWorkflowHandle } from '@temporalio/workflow';
import type { LaneOrders } from './lane-orders.ts';
import type { LaneMemory } from './lane-memory.ts';
import type { LanePosition } from '../src/model/batch/batch.ts';
import { releaseSignal } from './messages.ts';
import { microBatch, type MicroBatchResult } from './micro-batch.ts';
import { laneSearchAttributes } from './search-attributes.ts';

/** A lane's micro-batch, from its start to its end. */
export class RunningBatch {
  readonly #child: ChildWorkflowHandle<typeof microBatch>;
  readonly #scope: CancellationScope;
  #isReleased = false;

  private constructor(child: ChildWorkflowHandle<typeof microBatch>, scope: CancellationScope) {
    this.#child = child;
    this.#scope = scope;
  }

  static async start(
    orders: LaneOrders,
    position: LanePosition,
    { notBeforeMs }: Pick<LaneMemory, 'notBeforeMs'>,
  ): Promise<RunningBatch> {
    const { spec, searchAttributes, laneCount } = orders;
    const { topic, nextBatch } = position;
    const scope = new CancellationScope();
    const child = await scope.run(() =>
      startChild(microBatch, {
        args: [{ spec, lane: position, notBeforeMs, searchAttributes, laneCount }],
        workflowId: `${spec.name}/${topic}/${String(nextBatch)}`,
        // A run that holds the lane's epoch is the only one that may commit, so what else runs under this id is a leftover.
        workflowIdReusePolicy: 'TERMINATE_IF_RUNNING',
        parentClosePolicy: ParentClosePolicy.TERMINATE,
        staticSummary: `${topic} batch ${String(nextBatch)}`,
        ...(searchAttributes ? { typedSearchAttributes: laneSearchAttributes(spec.name, topic) } : {}),
      }),
    );
    return new RunningBatch(child, scope);
  }

  get workflowId(): string {
    return this.#child.workflowId;
  }

  /** Ends it if it is parked without a plan; one that has a plan goes on. */
  release(): void {
    // Once is enough, and a signal for each move of each lane would make the history of a large job burst.
    if (this.#isReleased) return;
    this.#isReleased = true;
    // The batch may be ending just now; then there is nothing left to free.
    this.#child.signal(releaseSignal).catch(() => undefined);
  }

  /** Cancels it, plan or not. An attempt that still runs may commit until the lane is opened anew, which fences it. */
  giveUp(): void {
    this.#scope.cancel();
  }

  result(): Promise<MicroBatchResult> {
    return this.#child.result();
  }
}
