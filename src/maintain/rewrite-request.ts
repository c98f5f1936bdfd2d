import type { DeletionVectorDescriptor, PartitionValues } from '../delta/actions.ts';
import type { ColumnMappingMode } from '../model/column-mapping.ts';
import type { IndexedColumns } from '../model/indexed-columns.ts';
import type { StagedFile } from '../model/staged-file.ts';
import type { StructType } from '../model/table-schema.ts';
import type { Clustering } from '../model/maintenance.ts';

/** Data files of one partition value that are to be written anew, with the rows that they still have. */
export interface RewriteRequest {
  readonly tableRoot: string;
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  readonly files: readonly RewrittenFile[];
  readonly partitionValues: PartitionValues;
  readonly sizeBytes: number;
  readonly targetFileSizeBytes: number;
  readonly columnMapping: ColumnMappingMode;
  readonly indexedColumns: IndexedColumns;
  readonly clustering?: Clustering | undefined;
}

export interface RewrittenFile {
  /** In the table's store. */
  readonly path: string;
  /** Rows that stay behind. */
  readonly deletionVector?: DeletionVectorDescriptor;
}

/** Writes new files that no commit names yet; runs in an engine process. */
export type RewriteFiles = (request: RewriteRequest, signal: AbortSignal) => Promise<readonly StagedFile[]>;
