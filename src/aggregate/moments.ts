import type { Algebra } from './algebra.ts';

export type MomentFunction = 'stddev_samp' | 'stddev_pop' | 'var_samp' | 'var_pop';

/** The squares of larger values, and of infinities, are no numbers any more: with one of them the result is NaN. */
const largest = '1e150';

/**
 * Count, mean and sum of squared distances from the mean; two are merged as T. F. Chan, G. H. Golub and R. J. LeVeque (1979)
 * do it, which loses no digits to a large mean. `odd` counts values that have no square.
 */
export function momentsAlgebra(name: MomentFunction): Algebra {
  return {
    stateType: 'STRUCT(n BIGINT, mean DOUBLE, m2 DOUBLE, odd BIGINT)',
    partial: (value) => {
      const x = `CAST(${value} AS DOUBLE)`;
      const usual = `FILTER (WHERE abs(${x}) < ${largest})`;
      return (
        `struct_pack(n := count(${x}) ${usual}, mean := avg(${x}) ${usual}, ` +
        `m2 := var_pop(${x}) ${usual} * count(${x}) ${usual}, ` +
        `odd := count(${x}) FILTER (WHERE NOT abs(${x}) < ${largest}))`
      );
    },
    gather: (state) =>
      `struct_pack(parts := list(${state}) FILTER (WHERE ${state}.n > 0), odd := CAST(sum(${state}.odd) AS BIGINT))`,
    settle: (gathered) =>
      `CASE WHEN ${gathered}.parts IS NULL ` +
      `THEN struct_pack(n := CAST(0 AS BIGINT), mean := CAST(NULL AS DOUBLE), m2 := CAST(NULL AS DOUBLE), odd := ${gathered}.odd) ` +
      `ELSE struct_insert(list_reduce(list_transform(${gathered}.parts, lambda p: struct_pack(n := p.n, mean := p.mean, m2 := p.m2)), ` +
      `lambda a, b: ${merged}), odd := ${gathered}.odd) END`,
    result: (state) => {
      const isSample = name.endsWith('_samp');
      const variance = `${state}.m2 / ${isSample ? `(${state}.n - 1)` : `${state}.n`}`;
      return (
        `CASE WHEN ${state}.n + ${state}.odd < ${isSample ? 2 : 1} THEN NULL ` +
        `WHEN ${state}.odd > 0 THEN CAST('NaN' AS DOUBLE) ` +
        `ELSE ${name.startsWith('stddev') ? `sqrt(${variance})` : variance} END`
      );
    },
  };
}

const merged =
  `struct_pack(n := a.n + b.n, mean := a.mean + (b.mean - a.mean) * b.n / (a.n + b.n), ` +
  `m2 := a.m2 + b.m2 + (b.mean - a.mean) * (b.mean - a.mean) * a.n / (a.n + b.n) * b.n)`;
