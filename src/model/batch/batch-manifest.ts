import type { RangeCounts } from './batch.ts';

/** The files that one batch added to a table, and the offsets that they came from. */
export interface BatchManifest {
  readonly job: string;
  readonly topic: string;
  readonly batch: number;
  /** The table's version that the files came with. */
  readonly version: number;
  readonly ranges: readonly RangeCounts[];
  readonly files: readonly ManifestFile[];
}

export interface ManifestFile {
  /** The whole path or URL. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly recordCount: number;
}
