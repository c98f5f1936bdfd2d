import type { DataType } from '../../model/table/table-schema.ts';

/**
 * A condition on rows that statistics of files can be held against. What a statement asks beyond it is `unknown`: it
 * holds for every file.
 */
export type RowFilter =
  | {
      readonly kind: 'compare';
      /** A column, and below it fields of structs. */
      readonly path: readonly string[];
      readonly operator: Comparison;
      readonly value: ComparableValue;
    }
  | { readonly kind: 'isNull' | 'isNotNull'; readonly path: readonly string[] }
  | { readonly kind: 'and' | 'or'; readonly filters: readonly RowFilter[] }
  | { readonly kind: 'unknown' };

export type Comparison = '=' | '<' | '<=' | '>' | '>=';

/** `integer` stands for whole numbers, days and microseconds; the bytes of `text` are UTF-8, whose order is DuckDB's. */
export type ComparableValue =
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: Uint8Array };

/** The kind in which values of a type are compared; `undefined` for types whose statistics are not looked at. */
export function comparableKind(type: DataType): ComparableValue['kind'] | undefined {
  switch (type) {
    case 'long':
    case 'integer':
    case 'short':
    case 'byte':
    case 'date':
    case 'timestamp':
    case 'timestamp_ntz':
      return 'integer';
    case 'float':
    case 'double':
      return 'number';
    case 'string':
      return 'text';
    default:
      return typeof type === 'string' && type.startsWith('decimal(') ? 'number' : undefined;
  }
}

/** Below 0, 0 or above 0; `undefined` for values that cannot be compared. */
export function compareValues(one: ComparableValue, other: ComparableValue): number | undefined {
  if (one.kind === 'text' && other.kind === 'text') return Buffer.compare(one.value, other.value);
  if (one.kind !== other.kind) return undefined;
  return one.value < other.value ? -1 : one.value > other.value ? 1 : 0;
}
