/**
 * Whose turn it is when several take turns in proportion to whole weights, evenly mixed: smooth weighted round robin.
 * One cycle has as many turns as the weights add up to.
 */
export class WeightedTurns {
  readonly #weights: readonly number[];
  /** For each number of turns below a cycle, how many of them each one had. */
  readonly #withinCycle: readonly (readonly number[])[];

  constructor(weights: readonly number[]) {
    this.#weights = weights;
    const cycle = weights.reduce((a, b) => a + b, 0);
    const credit = weights.map(() => 0);
    const counts = weights.map(() => 0);
    const withinCycle: number[][] = [];
    for (let turn = 0; turn < cycle; turn++) {
      withinCycle.push([...counts]);
      weights.forEach((weight, i) => (credit[i] = (credit[i] ?? 0) + weight));
      const next = credit.indexOf(Math.max(...credit));
      credit[next] = (credit[next] ?? 0) - cycle;
      counts[next] = (counts[next] ?? 0) + 1;
    }
    this.#withinCycle = withinCycle;
  }

  /** Of the first so many turns, how many each one has. They add up to `turns`, and never shrink as it grows. */
  countsAfter(turns: number): number[] {
    const cycle = this.#withinCycle.length;
    const rest = this.#withinCycle[turns % cycle] ?? [];
    return this.#weights.map((weight, i) => Math.floor(turns / cycle) * weight + (rest[i] ?? 0));
  }
}
