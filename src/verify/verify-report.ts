import type { Offset } from '../model/batch/offset-range.ts';

/** What can be wrong with an offset, a count or a position. */
export type DifferenceKind =
  /** A committed record is neither a row nor a dead letter. */
  | 'missing'
  /** More rows or dead letters of an offset than its range was ingested. */
  | 'doubled'
  | 'rowAndDeadLetter'
  /** A row or dead letter of an offset that a commit says was dropped. */
  | 'rowAndDrop'
  /** A row of an offset at which Kafka has no committed record: an aborted one, or a transaction marker. */
  | 'unexpectedRow'
  | 'unexpectedDeadLetter'
  | 'unexpectedDrop'
  /** A row or dead letter outside of all ranges that the commits cover. */
  | 'outsideRanges'
  | 'wrongValue'
  | 'wrongKey'
  /** A tombstone was treated otherwise than the job's policy says. */
  | 'tombstone'
  /** A commit note's numbers do not add up, or do not agree with the tables. */
  | 'counts'
  /** The offsets that a commit note says were dropped are not what it counts. */
  | 'drops'
  /** The ranges of the commit notes do not follow one another. */
  | 'ranges'
  /** The table's `txn` is not where the notes end. */
  | 'position'
  /** A row of an output that the rows of the job's table make is not there, or is there more than once. */
  | 'outputRowMissing'
  | 'outputRowDoubled'
  /** A row of an output that they do not make, or with other values. */
  | 'outputRowUnexpected'
  | 'outputRowWrong'
  /** A late record is not once a dead letter of the output, or a record that is not late is one. */
  | 'lateRecord';

export interface Difference {
  readonly kind: DifferenceKind;
  readonly topic: string;
  readonly partition: number;
  /** Absent where the difference is not one of a single offset. */
  readonly offset?: Offset;
  /** Of an output's table; `row` names a row of it by its key. */
  readonly output?: string;
  readonly row?: string;
  readonly expected: string;
  readonly found: string;
}

/**
 * `same`: every offset was compared. `counted`: only ranges and counts could be. `unproven`: records are in neither table, or
 * more than once, and the notes that could say why are gone. `different`: see the differences.
 */
export type Verdict = 'same' | 'counted' | 'unproven' | 'different';

export interface PartitionReport {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  /** What the commits cover; positions that a reset skipped lie within. */
  readonly startOffset: Offset;
  readonly endOffset: Offset;
  /** Kafka was read from here on; `undefined` when it was not read. */
  readonly comparedFrom?: Offset;
  /** Committed records in Kafka that were compared. */
  readonly records: number;
  readonly rows: number;
  readonly deadLetters: number;
  /** Counted drops of the commit notes. */
  readonly drops: number;
  readonly differences: number;
  readonly verdict: Verdict;
}

/**
 * `same`: every row is the one that the rows of the job's table make. `unproven`: that could not be told, or rows differ and
 * what they must be cannot be told. `different`: see the differences.
 */
export type OutputVerdict = Extract<Verdict, 'same' | 'unproven' | 'different'>;

/** What an output's table was found to be beside the job's table. */
export interface OutputReport {
  readonly topic: string;
  readonly output: string;
  readonly tableRoot: string;
  /** The version that was compared; absent where there is no table, or none that could be. */
  readonly version?: number;
  /** Rows of the job's table that it was made of. */
  readonly records: number;
  /** Rows of the output's table, and how many it must have; 0 where they were not compared. */
  readonly rows: number;
  readonly expectedRows: number;
  /** What its commits say that they counted: among `records`. */
  readonly late: number;
  readonly differences: number;
  /** Rows that differ where nobody can tell what they must be. */
  readonly unprovenRows: number;
  readonly verdict: OutputVerdict;
  /** What could not be told, and why. */
  readonly notes: readonly string[];
}

export interface TopicReport {
  readonly topic: string;
  readonly tableRoot: string;
  /** `undefined` when there is no table yet. */
  readonly tableVersion?: number;
  readonly deadLetterRoot: string;
  readonly deadLetterVersion?: number;
  readonly partitions: readonly PartitionReport[];
  readonly outputs: readonly OutputReport[];
  /** What was not or could not be looked at, and why. */
  readonly notes: readonly string[];
}

export interface VerifyReport {
  readonly job: string;
  /** No difference in anything that was looked at. */
  readonly same: boolean;
  readonly topics: readonly TopicReport[];
  readonly differenceCount: number;
  /** The first of them. */
  readonly differences: readonly Difference[];
  readonly comparedRecords: number;
  readonly durationMs: number;
}
