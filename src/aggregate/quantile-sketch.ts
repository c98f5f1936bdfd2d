import type { Algebra } from './algebra.ts';

/** Of an estimate, relative to the value that it stands for. */
export const relativeAccuracy = 0.01;

const growth = (1 + relativeAccuracy) / (1 - relativeAccuracy);
const logGrowth = Math.log(growth);
/** Larger than the logarithm of any double to the base of `growth`: negative values have negative buckets, and zero has 0. */
const offset = 100_000;
const [infinite, notANumber] = [2 * offset, 3 * offset];

/**
 * How many values fall into each bucket; a bucket reaches from a value to one that is `growth` times as large (DDSketch,
 * C. Masson and others, 2019). The counts of two are added, so that any merging gives the same. NaN is the largest value.
 */
export function quantileAlgebra(quantile: number): Algebra {
  return {
    stateType: 'STRUCT(b INTEGER, n BIGINT)[]',
    partial: (value) =>
      `coalesce(list_transform(map_entries(histogram(${bucketOf(`CAST(${value} AS DOUBLE)`)})), ` +
      `lambda e: struct_pack(b := e.key, n := CAST(e.value AS BIGINT))), CAST([] AS STRUCT(b INTEGER, n BIGINT)[]))`,
    gather: (state) => `flatten(list(${state}))`,
    settle: (gathered) =>
      `coalesce((SELECT list(struct_pack(b := b, n := n) ORDER BY b) FROM ` +
      `(SELECT e.b AS b, CAST(sum(e.n) AS BIGINT) AS n FROM (SELECT unnest(${gathered}) AS e) GROUP BY 1)), ` +
      `CAST([] AS STRUCT(b INTEGER, n BIGINT)[]))`,
    result: (state) => {
      const rank = `floor(${quantile} * (list_sum(list_transform(${state}, lambda e: e.n)) - 1))`;
      const found =
        `list_reduce(${state}, lambda a, e: ` +
        `CASE WHEN a.n > ${rank} THEN a ELSE struct_pack(b := e.b, n := a.n + e.n) END).b`;
      return `CASE WHEN len(${state}) > 0 THEN ${valueOf(found)} END`;
    },
  };
}

function bucketOf(x: string): string {
  const positive = `CAST(ceil(ln(abs(${x})) / ${logGrowth}) AS INTEGER) + ${offset}`;
  return (
    `CASE WHEN isnan(${x}) THEN ${notANumber} WHEN ${x} = 0 THEN 0 ` +
    `ELSE CAST(sign(${x}) AS INTEGER) * (CASE WHEN isinf(${x}) THEN ${infinite} ELSE ${positive} END) END`
  );
}

/** The value that is as far from the bucket's lower end as from its upper one, relative to both. */
function valueOf(bucket: string): string {
  const exponent = `(abs(${bucket}) - ${offset}) * ${logGrowth} - ${Math.log((growth + 1) / 2)}`;
  const finite = `least(exp(${exponent}), ${Number.MAX_VALUE})`;
  return (
    `CASE WHEN ${bucket} = ${notANumber} THEN CAST('NaN' AS DOUBLE) WHEN ${bucket} = 0 THEN 0 ` +
    `ELSE sign(${bucket}) * (CASE WHEN abs(${bucket}) = ${infinite} THEN CAST('Infinity' AS DOUBLE) ELSE ${finite} END) END`
  );
}
