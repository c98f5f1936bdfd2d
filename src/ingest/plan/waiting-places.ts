/**
 * How many polls of a worker may wait at a time. Each holds an activity slot for as long as its topic is idle; if they held
 * all, what they wait for could not be worked on.
 */
export class WaitingPlaces {
  readonly #count: number;
  #taken = 0;

  constructor(count: number) {
    this.#count = count;
  }

  /** Tells the work whether it may wait. The place is its own until it ends. */
  async during<Result>(work: (mayWait: boolean) => Promise<Result>): Promise<Result> {
    if (this.#taken >= this.#count) return work(false);
    this.#taken += 1;
    try {
      return await work(true);
    } finally {
      this.#taken -= 1;
    }
  }
}
