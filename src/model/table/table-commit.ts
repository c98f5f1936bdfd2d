/** A Delta commit that was made, of any kind. */
export interface TableCommit {
  readonly table: string;
  /** How often another writer took the version first. */
  readonly rebases: number;
}
