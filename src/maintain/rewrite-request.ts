import type { PartitionValues } from '../delta/actions.ts';
import type { RewrittenFile, RewrittenTable } from '../ingest/files/rewrite-rows.ts';
import type { Clustering } from '../model/job/maintenance.ts';
import type { StagedFile } from '../model/batch/staged-file.ts';

/** Data files of one partition value that are to be written anew, with the rows that they still have. */
export interface RewriteRequest extends RewrittenTable {
  readonly files: readonly RewrittenFile[];
  readonly partitionValues: PartitionValues;
  readonly sizeBytes: number;
  readonly targetFileSizeBytes: number;
  readonly clustering?: Clustering | undefined;
}

/** Writes new files that no commit names yet; runs in an engine process. */
export type RewriteFiles = (request: RewriteRequest, signal: AbortSignal) => Promise<readonly StagedFile[]>;
