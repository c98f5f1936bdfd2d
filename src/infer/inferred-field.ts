import type { DataType } from '../model/table/table-schema.ts';

/** A field as a job file describes it. */
export interface InferredField {
  readonly name: string;
  readonly type: DataType;
  /** Of the objects that could hold it, how many had a value: 0 to 1. */
  readonly share: number;
  readonly isPersonal: boolean;
  /** For people: what was seen. */
  readonly remarks: readonly string[];
  /** Numbers that count from 1970 on. */
  readonly epochUnit?: EpochUnit;
  /** A value of this kind, for a record that was never there. */
  readonly example: unknown;
  /** Of a struct that is not inside an array or a map. */
  readonly fields: readonly InferredField[];
  /** Names of a struct's fields that cannot be columns. */
  readonly leftOut: readonly string[];
}

export type EpochUnit = 'seconds' | 'milliseconds' | 'microseconds';

/** What a place of the schema came to, before it has a name. */
export interface InferredType {
  readonly type: DataType;
  readonly remarks: readonly string[];
  readonly example: unknown;
  readonly epochUnit?: EpochUnit;
  readonly fields?: readonly InferredField[];
  readonly leftOut?: readonly string[];
}
