import type { DataType, StructField } from '../model/table/table-schema.ts';

/** SQL of the user, with what it sees. */
export interface DerivedColumn {
  /** Where it stands in the job's document. */
  readonly place: readonly string[];
  /** What the SQL must give; absent where any type will do. */
  readonly type?: DataType;
  /** It must be true or false by itself: a number or a text, which SQL would make one of, is a slip. */
  readonly isCondition?: true;
  readonly sql: string;
  readonly columnsBefore: readonly StructField[];
}
