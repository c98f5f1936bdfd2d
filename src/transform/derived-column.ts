import type { DataType, StructField } from '../model/table-schema.ts';

/** SQL of the user, with what it sees. */
export interface DerivedColumn {
  readonly kind: 'derived column' | 'validation rule' | 'aggregate' | 'condition';
  readonly name: string;
  /** What the SQL must give; absent where any type will do. */
  readonly type?: DataType;
  readonly sql: string;
  readonly columnsBefore: readonly StructField[];
}
