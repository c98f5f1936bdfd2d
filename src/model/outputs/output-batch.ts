import type { Offset } from '../batch/offset-range.ts';
import type { StagedFiles } from '../batch/staged-file.ts';

/** Where an output stands when a batch is planned. All of it is in the plan, so that a retry begins with the same. */
export interface OutputPlan {
  readonly name: string;
  /** One for each range of the plan. */
  readonly partitions: readonly OutputPartitionPlan[];
  /** Windows that end by then are closed; microseconds since 1970, decimal. Absent: none is. */
  readonly closedThroughUs?: string;
  /** Added to offsets where records are compared by them, since offsets have begun anew. Absent: they never have. */
  readonly orderBase?: Offset;
}

export interface OutputPartitionPlan {
  readonly partition: number;
  /**
   * The output has the rows below. After a crash between its commit and that of the job's table this lies ahead of where
   * the batch begins: the output rolls forward.
   */
  readonly fromOffset: Offset;
  /** Of the rows before, where there was one; microseconds since 1970, decimal. */
  readonly greatestEventTimeUs?: string;
}

/** What a group of a batch has for an output: a durable file that no commit names. */
export interface OutputPart {
  readonly name: string;
  /** Absent where there is nothing for the output. */
  readonly part?: { readonly path: string; readonly rows: number };
  readonly counts: OutputCounts;
  /** Of topic partitions that have had an event time up to the end of the group; microseconds since 1970, decimal. */
  readonly greatestEventTimeUs: readonly { readonly partition: number; readonly us: string }[];
  /** Dead letters of late records, in the dead-letter table's store; absent where there are none. */
  readonly lateFiles?: StagedFiles;
}

/** Rows of the job's table, as an output took them. */
export interface OutputCounts {
  /** In at least one window; all of them where there are no windows. */
  readonly taken: number;
  /** All of their windows were closed. */
  readonly late: number;
  /** Without an event time: in no window. */
  readonly nullEventTime: number;
  /** Of a merging output: without a value in a column of the key, so that they are not merged. */
  readonly nullKey: number;
  /** Too far ahead of their timestamp in Kafka to move the watermark; in their windows all the same. Absent: none. */
  readonly aheadOfTime?: number;
}

export const noOutputCounts: OutputCounts = { taken: 0, late: 0, nullEventTime: 0, nullKey: 0 };

export function addOutputCounts(left: OutputCounts, right: OutputCounts): OutputCounts {
  const aheadOfTime = (left.aheadOfTime ?? 0) + (right.aheadOfTime ?? 0);
  return {
    taken: left.taken + right.taken,
    late: left.late + right.late,
    nullEventTime: left.nullEventTime + right.nullEventTime,
    nullKey: left.nullKey + right.nullKey,
    ...(aheadOfTime === 0 ? {} : { aheadOfTime }),
  };
}

/** What a batch did to an output, and how that stands since; for people. */
export interface OutputSummary {
  readonly name: string;
  readonly version: number;
  readonly counts: OutputCounts;
  /** The late ones of these are dead letters as well. */
  readonly keepsLate?: true;
  /** Rows that were written, and rows that left the table. */
  readonly rows: number;
  readonly removedRows: number;
  /** Windows that end by then are closed: ISO 8601. */
  readonly closedThrough?: string;
  /** Windows, or keys where there are no windows, that later rows may change. */
  readonly open: number;
  readonly stateFiles: number;
  readonly stateBytes: number;
}
