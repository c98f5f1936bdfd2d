import { isWhole } from '../model/outputs/aggregate-type.ts';
import { decimalParts, isDecimal } from '../model/pipeline/sql-text.ts';
import type { DataType } from '../model/table/table-schema.ts';
import type { Algebra } from './algebra.ts';

/** `n` counts what the aggregate takes. */
export const countAlgebra: Algebra = {
  stateType: 'BIGINT',
  partial: (input) => `count(${input})`,
  gather: (state) => `CAST(sum(${state}) AS BIGINT)`,
  result: (state) => state,
};

/** Null where there was no value. */
export function sumAlgebra(input: DataType): Algebra {
  const kind = sumKind(input);
  switch (kind.kind) {
    case 'wide':
      return { ...wideSum, result: (state) => wideTotal(state, kind.scale) };
    case 'exact': {
      const stateType = `DECIMAL(38,${kind.scale})`;
      const sum = (values: string): string => `CAST(sum(${values}) AS ${stateType})`;
      return { stateType, partial: sum, gather: sum, result: (state) => state };
    }
    case 'double':
      return { stateType: 'DOUBLE', partial: doubleSum, gather: doubleSum, result: (state) => state };
  }
}

/** A double, whatever the input: an exact sum is divided once. */
export function avgAlgebra(input: DataType): Algebra {
  const kind = sumKind(input);
  const { stateType, partial, gather } = sumAlgebra(input);
  const total = (sum: string): string =>
    kind.kind === 'wide'
      ? `(CAST(${sum}.hi AS DOUBLE) * 1e19 + CAST(${sum}.lo AS DOUBLE)) / 1e${kind.scale}`
      : `CAST(${sum} AS DOUBLE)`;
  return {
    stateType: `STRUCT(s ${stateType}, n BIGINT)`,
    partial: (value, order) => `struct_pack(s := ${partial(value, order)}, n := count(${value}))`,
    gather: (state) => `struct_pack(s := ${gather(`${state}.s`)}, n := CAST(sum(${state}.n) AS BIGINT))`,
    result: (state) => `CASE WHEN ${state}.n > 0 THEN ${total(`${state}.s`)} / ${state}.n END`,
  };
}

type SumKind =
  /** Fits into a decimal of 38 digits, however many rows there are. */
  | { readonly kind: 'exact'; readonly scale: number }
  /** May outgrow one, which the engine's own sum does not always notice: it is kept in two halves. */
  | { readonly kind: 'wide'; readonly scale: number }
  | { readonly kind: 'double' };

/** Ten digits are left for the number of rows. */
const widestExact = 28;

function sumKind(input: DataType): SumKind {
  if (isWhole(input)) return { kind: 'exact', scale: 0 };
  if (!isDecimal(input)) return { kind: 'double' };
  const { precision, scale } = decimalParts(input);
  return { kind: precision <= widestExact ? 'exact' : 'wide', scale };
}

function doubleSum(values: string): string {
  return `sum(CAST(${values} AS DOUBLE))`;
}

/** Half of the digits that a decimal can have. */
const half = `CAST('10000000000000000000' AS HUGEINT)`;

const wideSum: Omit<Algebra, 'result'> = {
  stateType: 'STRUCT(hi DECIMAL(38,0), lo DECIMAL(38,0))',
  partial: (value) => {
    const digits = `CAST(replace(CAST(${value} AS VARCHAR), '.', '') AS HUGEINT)`;
    return halves(`sum(${digits} // ${half})`, `sum(${digits} % ${half})`);
  },
  gather: (state) => halves(`sum(${state}.hi)`, `sum(${state}.lo)`),
};

function halves(high: string, low: string): string {
  return `struct_pack(hi := CAST(${high} AS DECIMAL(38,0)), lo := CAST(${low} AS DECIMAL(38,0)))`;
}

/** Null as well where the total has more than 38 digits. The point gets into it as text, since no product is that wide. */
function wideTotal(state: string, scale: number): string {
  const carried = `(CAST(${state}.hi AS HUGEINT) + CAST(${state}.lo AS HUGEINT) // ${half})`;
  const total = `${carried} * ${half} + CAST(${state}.lo AS HUGEINT) % ${half}`;
  const digits = `lpad(CAST(abs(v) AS VARCHAR), 39, '0')`;
  const point = scale === 0 ? '' : `, '.', right(${digits}, ${scale})`;
  const text = `concat(CASE WHEN v < 0 THEN '-' ELSE '' END, left(${digits}, ${39 - scale})${point})`;
  // A list of one, so that the total is worked out once.
  const decimals = `list_transform([${total}], lambda v: TRY_CAST(${text} AS DECIMAL(38,${scale})))`;
  return `CASE WHEN abs(${carried}) < ${half} THEN ${decimals}[1] END`;
}
