/**
 * An aggregate as SQL whose parts can be merged. `rows → partial`, `states → gather → settle` and `state → result`; merging
 * is associative, and commutative up to the rounding of doubles. Whatever is missing counts as nothing: parts are never null.
 */
export interface Algebra {
  /** DuckDB's type of the state, one that Parquet keeps exactly. */
  readonly stateType: string;
  /** An aggregate over rows; `order` is the place of a row among all. */
  readonly partial: (input: string, order: RowOrder) => string;
  /** An aggregate over states. */
  readonly gather: (state: string) => string;
  /** The state, of what was gathered; absent where that is a state already. */
  readonly settle?: (gathered: string) => string;
  /** The value in the table. */
  readonly result: (state: string) => string;
}

/** SQL of integers that tell which of two rows is earlier: compared one after the other, and never all equal. */
export type RowOrder = readonly [time: string, second: string, third: string];

/** Of an input whose values are wrapped, so that zero has one sign: which of two equal values is kept must not matter. */
export function unsignedZero(input: string): string {
  return `CASE WHEN ${input} = 0 THEN 0 ELSE ${input} END`;
}
