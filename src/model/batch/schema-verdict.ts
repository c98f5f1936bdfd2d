/** What was decided once about records of one schema of a registry. */
export interface SchemaVerdict {
  readonly schemaId: number;
  /** Why its records become dead letters; absent where they are read as the lane's columns. */
  readonly refusal?: string;
}
