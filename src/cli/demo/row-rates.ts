import type { JobProgress } from '../../model/requests/job-progress.ts';

/** Several batches of the demo's interval, so that the figures are steady. */
const windowMs = 10_000;

/** Rows per second of each table over the last seconds. */
export class RowRates {
  #samples: { readonly atMs: number; readonly rows: ReadonlyMap<string, number> }[] = [];

  add(jobs: readonly JobProgress[], atMs: number): ReadonlyMap<string, number> {
    const rows = new Map(jobs.flatMap(({ lanes }) => lanes.map(({ table, totals }) => [table, totals.rows] as const)));
    this.#samples.push({ atMs, rows });
    while (this.#samples.length > 2 && atMs - (this.#samples[0]?.atMs ?? atMs) > windowMs) this.#samples.shift();
    const [first] = this.#samples;
    const seconds = (atMs - (first?.atMs ?? atMs)) / 1000;
    if (!first || seconds === 0) return new Map();
    return new Map([...rows].map(([table, count]) => [table, (count - (first.rows.get(table) ?? 0)) / seconds]));
  }
}
