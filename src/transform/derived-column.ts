import type { DataType, StructField } from '../model/table-schema.ts';

/** SQL of the user, with what it sees. */
export interface DerivedColumn {
  /** Where it stands in the job's document. */
  readonly place: readonly string[];
  /** What the SQL must give; absent where any type will do. */
  readonly type?: DataType;
  readonly sql: string;
  readonly columnsBefore: readonly StructField[];
}
