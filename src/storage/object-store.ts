/** The outcome of a conditional create. `unknown` means that the object may or may not exist now: read it back. */
export type PutIfAbsentOutcome =
  { readonly kind: 'created' } | { readonly kind: 'exists' } | { readonly kind: 'unknown'; readonly cause: unknown };

export interface ObjectEntry {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

/** Bytes, half-open. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface UnfinishedSweep {
  readonly beganBeforeMs: number;
  readonly dryRun: boolean;
}

/**
 * One table's storage. Paths are relative to the root, with `/`. All methods throw `BronzeError` with code
 * `STORAGE_UNAVAILABLE` on an outage, `STORAGE_ACCESS_DENIED`, `STORAGE_MISCONFIGURED` or `STORAGE_UNSAFE` for what no
 * second attempt can mend; absence is a value, not an error.
 */
export interface ObjectStore {
  /** The root as a person would write it: a folder's path or an `s3://` URL without a trailing slash. */
  readonly root: string;
  get(path: string): Promise<Uint8Array | undefined>;
  /** The bytes [start, end) of the object, as far as it reaches. */
  getRange(path: string, range: ByteRange): Promise<Uint8Array | undefined>;
  /** Creates the object whole, durable and visible at once, or not at all; never replaces one. */
  putIfAbsent(path: string, bytes: Uint8Array): Promise<PutIfAbsentOutcome>;
  /** Creates or replaces the object, whole. */
  put(path: string, bytes: Uint8Array): Promise<void>;
  /** Moves a local file into the store; durable when it returns. The path must be unique and unused. */
  putFile(path: string, localFile: string): Promise<void>;
  /** Copies the object into a new local file, without taking it into memory; false when there is no object. */
  getFile(path: string, localFile: string): Promise<boolean>;
  /** Entries whose path starts with `prefix` and sorts after `startAfter`, in order of path. */
  list(prefix: string, startAfter?: string): AsyncIterable<ObjectEntry>;
  /** Names of the folders directly below a folder, which is empty or ends with a slash; none where there is no such folder. */
  listFolders(folder: string): AsyncIterable<string>;
  head(path: string): Promise<ObjectEntry | undefined>;
  /** Absent objects are no error. */
  delete(path: string): Promise<void>;
  /**
   * Counts the writes that were begun before a point in time and never ended, as a killed process leaves them behind, and
   * unless it is a dry run gives their room back. Nothing ever reads them. `undefined` where the store does not show them.
   */
  sweepUnfinished(sweep: UnfinishedSweep): Promise<number | undefined>;
  /** A path under which DuckDB reads the object; `undefined` for a store that is not on this machine. */
  readerUrl(path: string): string | undefined;
}
