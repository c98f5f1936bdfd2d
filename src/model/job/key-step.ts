import type { BinaryParse } from './binary-parse.ts';
import type { DataType } from '../table/table-schema.ts';

/** A record's key to columns. A null key gives nulls. */
export interface KeyStep {
  readonly parse: KeyParse;
  readonly columns: KeyColumns;
  /** A key that cannot be read, or a part of it that does not fit its type: a dead letter, or nulls. */
  readonly onFailure: 'reject' | 'null';
}

/** The key as one column, a struct where it has fields; or some of its fields as columns of the table. */
export type KeyColumns =
  | { readonly kind: 'whole'; readonly column: string }
  | { readonly kind: 'fields'; readonly fields: readonly { readonly column: string; readonly field: string }[] };

export type KeyParse =
  BinaryParse | { readonly format: 'json'; readonly type: DataType } | { readonly format: SerializedType };

/** What Kafka's own serializers write, numbers big-endian, and the type of the column. */
export const serializedTypes = {
  string: 'string',
  long: 'long',
  int: 'integer',
  short: 'short',
  double: 'double',
  float: 'float',
  boolean: 'boolean',
} as const satisfies Record<string, DataType>;

export type SerializedType = keyof typeof serializedTypes;

export const defaultKeyColumn = '_key';
