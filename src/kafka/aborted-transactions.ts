import type { AbortedTransaction } from './fetch-request.ts';
import { isAbortMarker, type RecordBatch } from './record-batch.ts';

/**
 * Tells the batches of aborted transactions from the others (KIP-98). A response lists every aborted transaction that
 * overlaps its offsets, those too that began before or whose marker comes later; a producer may be in it several times.
 * One instance per response and partition, which sees the batches in order.
 */
export class AbortedTransactions {
  readonly #pending: AbortedTransaction[];
  readonly #active = new Set<bigint>();

  constructor(aborted: readonly AbortedTransaction[]) {
    // Latest first, so that the next one to begin is popped off the end.
    this.#pending = aborted.toSorted((a, b) => (a.firstOffset < b.firstOffset ? 1 : -1));
  }

  /** Does the batch belong to an aborted transaction? Markers do not. */
  covers(batch: RecordBatch): boolean {
    for (
      let first = this.#pending.at(-1);
      first && first.firstOffset < batch.nextOffset;
      first = this.#pending.at(-1)
    ) {
      this.#active.add(first.producerId);
      this.#pending.pop();
    }
    if (batch.isControl) {
      if (this.#active.has(batch.producerId) && isAbortMarker(batch)) this.#active.delete(batch.producerId);
      return false;
    }
    return batch.isTransactional && this.#active.has(batch.producerId);
  }
}
