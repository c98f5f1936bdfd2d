/**
 * Which batches this process has counted. A batch is counted once, by the process that commits it: an attempt that finds
 * the commit of an earlier one counts it only where that was an attempt of this process which did not hear of it. A
 * process that dies between a commit and its answer takes its counters along anyway.
 */
export class CountedBatches {
  readonly #last = new Map<string, { readonly batch: string; attempts: number; isCounted: boolean }>();

  /** Call before each attempt. `lane` is what the batches of `batch` follow each other in. */
  begin(lane: string, batch: string): void {
    const last = this.#last.get(lane);
    if (last?.batch === batch) last.attempts += 1;
    else this.#last.set(lane, { batch, attempts: 1, isCounted: false });
  }

  /** Is the batch to be counted, now that it is committed? `earlier`: this attempt has found that it was. */
  end(lane: string, batch: string, earlier: boolean): boolean {
    const last = this.#last.get(lane);
    // A later batch has begun: somebody has gone on without this attempt.
    if (last?.batch !== batch) return !earlier;
    const isOurs = !last.isCounted && (!earlier || last.attempts > 1);
    last.isCounted = true;
    return isOurs;
  }
}
