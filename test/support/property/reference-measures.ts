import { compare, type GivenRow } from './reference-aggregates.ts';

/** How the values of two ways to work them out are compared. */
export type Comparison = 'same' | 'rounded' | { readonly relativeError: number };

export interface ReferenceMeasure {
  /** As in a job file. */
  readonly text: string;
  readonly type: 'long' | 'double' | 'string' | 'boolean' | `decimal(${number},${number})`;
  /** As the engine gives it in JSON. `rows` are in order. */
  readonly value: (rows: readonly GivenRow[]) => unknown;
  readonly comparison: Comparison;
}

const last = <T>(values: readonly T[]): T | undefined => values.at(-1);

export const referenceMeasures: Readonly<Record<string, ReferenceMeasure>> = {
  rows: measure('count(*)', 'long', (rows) => String(rows.length)),
  count_n: measure('count(n)', 'long', (rows) => String(some(rows, 'n').length)),
  sum_n: measure('sum(n)', 'decimal(38,0)', (rows) => total(some(rows, 'n'), 0)),
  sum_d: measure('sum(d)', 'decimal(20,2)', (rows) => total(some(rows, 'd'), 2)),
  sum_w: measure('sum(w)', 'decimal(38,5)', (rows) => total(some(rows, 'w'), 5)),
  sum_x: measure('sum(x)', 'double', (rows) => jsonOf(sumOf(some(rows, 'x'))), 'rounded'),
  twice: measure('sum(n * 2)', 'long', (rows) => longOf(some(rows, 'n').reduce<bigint | null>(plusTwice, null))),
  avg_x: measure('avg(x)', 'double', (rows) => jsonOf(meanOf(some(rows, 'x'))), 'rounded'),
  avg_d: measure('avg(d)', 'double', (rows) => jsonOf(meanOf(some(rows, 'd').map((d) => Number(d) / 100))), 'rounded'),
  avg_w: measure('avg(w)', 'double', (rows) => jsonOf(meanOf(some(rows, 'w').map((w) => Number(w) / 1e5))), 'rounded'),
  min_x: measure('min(x)', 'double', (rows) => jsonOf(some(rows, 'x').toSorted(byNumber)[0])),
  max_x: measure('max(x)', 'double', (rows) => jsonOf(last(some(rows, 'x').toSorted(byNumber)))),
  max_k: measure('max(k)', 'string', (rows) => last(some(rows, 'k').toSorted(byBytes)) ?? null),
  min_w: measure('min(w)', 'decimal(38,5)', (rows) => decimalText(some(rows, 'w').toSorted(compare)[0], 5)),
  first_n: measure('first(n)', 'long', ([row]) => longOf(row?.n ?? null)),
  last_n: measure('last(n)', 'long', (rows) => longOf(last(rows)?.n ?? null)),
  last_k: measure('last(k)', 'string', (rows) => last(rows)?.k ?? null),
  var_samp: measure('var_samp(x)', 'double', (rows) => jsonOf(variance(some(rows, 'x'), 1)), 'rounded'),
  stddev_pop: measure('stddev_pop(x)', 'double', (rows) => jsonOf(root(variance(some(rows, 'x'), 0))), 'rounded'),
  bool_and: measure('bool_and(b)', 'boolean', (rows) => fold(some(rows, 'b'), (a, b) => a && b)),
  bool_or: measure('bool_or(b)', 'boolean', (rows) => fold(some(rows, 'b'), (a, b) => a || b)),
  bit_and: measure('bit_and(n)', 'long', (rows) => longOf(fold(some(rows, 'n'), (a, b) => a & b))),
  bit_xor: measure('bit_xor(n)', 'long', (rows) => longOf(fold(some(rows, 'n'), (a, b) => a ^ b))),
  distinct_k: measure('approx_count_distinct(k)', 'long', (rows) => String(new Set(some(rows, 'k')).size)),
  distinct_x: measure('approx_count_distinct(x)', 'long', (rows) =>
    String(new Set(some(rows, 'x').map(unsigned)).size),
  ),
  median: measure('approx_quantile(x, 0.5)', 'double', (rows) => quantile(some(rows, 'x'), 0.5), {
    relativeError: 0.01,
  }),
  p95: measure('approx_quantile(x, 0.95)', 'double', (rows) => quantile(some(rows, 'x'), 0.95), {
    relativeError: 0.01,
  }),
};

function measure(
  text: string,
  type: ReferenceMeasure['type'],
  value: ReferenceMeasure['value'],
  comparison: Comparison = 'same',
): ReferenceMeasure {
  return { text, type, value, comparison };
}

function some<N extends 'k' | 'n' | 'd' | 'w' | 'x' | 'b'>(
  rows: readonly GivenRow[],
  name: N,
): NonNullable<GivenRow[N]>[] {
  return rows.flatMap(({ [name]: value }) => (value === null ? [] : [value]));
}

function fold<T>(values: readonly T[], join: (a: T, b: T) => T): T | null {
  const [start, ...others] = values;
  return start === undefined ? null : others.reduce(join, start);
}

function plusTwice(sum: bigint | null, n: bigint): bigint | null {
  // What the expression cannot work out is null.
  return n * 2n > maxLong || n * 2n < -maxLong - 1n ? sum : (sum ?? 0n) + n * 2n;
}

const maxLong = 2n ** 63n - 1n;

function longOf(value: bigint | null): string | null {
  return value === null || value > maxLong || value < -maxLong - 1n ? null : String(value);
}

function total(values: readonly bigint[], scale: number): string | null {
  return values.length === 0
    ? null
    : decimalText(
        values.reduce((a, b) => a + b),
        scale,
      );
}

/** As the engine gives it; null where it has more than 38 digits. */
export function decimalText(value: bigint | undefined, scale: number): string | null {
  if (value === undefined) return null;
  const size = value < 0n ? -value : value;
  if (size >= 10n ** 38n) return null;
  const digits = String(size).padStart(scale + 1, '0');
  const point = digits.length - scale;
  const text = scale === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return value < 0n ? `-${text}` : text;
}

function sumOf(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((a, b) => a + b);
}

function meanOf(values: readonly number[]): number | undefined {
  const sum = sumOf(values);
  return sum === undefined ? undefined : sum / values.length;
}

function variance(values: readonly number[], less: 0 | 1): number | undefined {
  if (values.length <= less) return undefined;
  if (!values.every(Number.isFinite)) return Number.NaN;
  const mean = meanOf(values) ?? 0;
  return values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - less);
}

function root(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.sqrt(value);
}

function quantile(values: readonly number[], fraction: number): unknown {
  return jsonOf(values.toSorted(byNumber)[Math.floor(fraction * (values.length - 1))]);
}

/** NaN is the largest. */
function byNumber(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function unsigned(value: number): number {
  return value === 0 ? 0 : value;
}

function jsonOf(value: number | undefined): unknown {
  if (value === undefined) return null;
  return Number.isFinite(value) ? unsigned(value) : String(value);
}
