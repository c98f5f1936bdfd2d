import { SeededRandom } from '../../../src/samples/seeded-random.ts';
import type { WindowShape } from '../../../src/model/outputs/output-spec.ts';

export interface Reading {
  readonly partition: number;
  readonly id: string;
  readonly at_ms: number;
  readonly value: number;
  readonly n: number | null;
  readonly flag: boolean;
}

/** Readings as they come, and what is to be made of them. */
export interface Scenario {
  readonly name: string;
  readonly shape: WindowShape;
  readonly delayMs: number;
  readonly mode: 'append' | 'update';
  readonly partitions: number;
  readonly batches: readonly (readonly Reading[])[];
  /** The job is stopped, and started again, before these batches. */
  readonly restarts: readonly number[];
}

/** Ours, and what Spark calls it. First and last go by event time, which no two readings of a scenario share. */
export const aggregates = {
  readings: ['count(*)', 'count(*)'],
  n_sum: ['sum(n)', 'sum(n)'],
  n_count: ['count(n)', 'count(n)'],
  mean: ['avg(value)', 'avg(value)'],
  low: ['min(value)', 'min(value)'],
  high: ['max(value)', 'max(value)'],
  spread: ['stddev_samp(value)', 'stddev_samp(value)'],
  variance: ['var_pop(value)', 'var_pop(value)'],
  every_flag: ['bool_and(flag)', 'bool_and(flag)'],
  any_flag: ['bool_or(flag)', 'bool_or(flag)'],
  bits: ['bit_xor(n)', 'bit_xor(n)'],
  first_value: ['first(value)', 'min_by(value, ts)'],
  last_value: ['last(value)', 'max_by(value, ts)'],
} as const;

/** A row of a result: window, key and aggregates. */
export type WindowRow = Readonly<Record<string, unknown>>;

export const dayMs = Date.UTC(2026, 0, 27, 10);

/** One reading; `atMs` counts from `dayMs`. */
export function reading(atMs: number, given: Partial<Reading> = {}): Reading {
  return { partition: 0, id: 'a', at_ms: dayMs + atMs, value: 1, n: 1, flag: true, ...given };
}

/** Cut at random into so many batches; none is empty. */
export function cutAtRandom<T>(items: readonly T[], pieces: number, seed: number): T[][] {
  const random = new SeededRandom(seed, 1);
  const cuts = new Set<number>();
  while (cuts.size < Math.min(pieces, items.length) - 1) cuts.add(1 + random.int(items.length - 1));
  const bounds = [0, ...[...cuts].toSorted((a, b) => a - b), items.length];
  return bounds.slice(1).map((end, index) => items.slice(bounds[index], end));
}

/** A reading in each topic partition that is so new that all windows before are closed. */
export function closing(partitions: number, atMs: number): Reading[] {
  return Array.from({ length: partitions }, (_, partition) => reading(atMs, { partition, id: 'closing' }));
}
