import type { PartitionOffset } from '../../model/batch/batch.ts';
import type { StagedFile } from '../../model/batch/staged-file.ts';
import type { RewrittenFile, RewrittenTable } from '../files/rewrite-rows.ts';

/** The columns of a table that say where a row came from. */
export interface CoordinateColumns {
  /** Absent where all rows of the table are of one topic. */
  readonly topic?: string;
  readonly partition: string;
  readonly offset: string;
}

/** Which rows of which data files are to go: those of `topic` from the given offset of their partition on. */
export interface DiscardRequest extends RewrittenTable {
  readonly columns: CoordinateColumns;
  readonly topic: string;
  readonly from: readonly PartitionOffset[];
  /** In a dead-letter table, which several jobs may share: only those of this job. */
  readonly deadLettersOf?: DeadLetterOwner;
  readonly files: readonly DiscardCandidate[];
}

export interface DeadLetterOwner {
  readonly job: string;
  /** Late records of this output; absent: what is not there because it came late for one. */
  readonly lateFor?: string;
  /** Only those of this batch and later ones. */
  readonly sinceBatch?: number;
}

export interface DiscardCandidate extends RewrittenFile {
  readonly sizeBytes: number;
  readonly partitionValues: StagedFile['partitionValues'];
}

/** One entry for each candidate that holds rows to discard. */
export interface DiscardedFile {
  readonly path: string;
  readonly discardedRows: number;
  /** What is left of the file, written anew; absent where nothing is. */
  readonly replacement?: StagedFile;
}
