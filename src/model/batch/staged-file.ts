/** A Parquet data file that is written and durable, and that no commit names yet. */
export interface StagedFile {
  /** Relative to the table root, ASCII, never reused. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly recordCount: number;
  /** Serialised as PROTOCOL.md, Partition Value Serialization says; `null` for a null value. */
  readonly partitionValues: Readonly<Record<string, string | null>>;
  /** The JSON of `add.stats` (PROTOCOL.md, Per-file Statistics). */
  readonly stats: string;
  /** Of the names and ids of its columns, in a table that maps columns. */
  readonly mappingDigest?: string;
}

/**
 * Staged files as they cross workflow history: the path of a JSON file under the table root, for they hold data
 * (statistics have values of columns, and so have the names of partition values) and can be very many.
 */
export type StagedFiles =
  { readonly kind: 'none' } | { readonly kind: 'listed'; readonly path: string; readonly fileCount: number };
