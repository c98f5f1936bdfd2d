import type { RangeCounts } from '../batch/batch.ts';
import type { DroppedOffsets } from '../batch/dropped-offsets.ts';
import type { Offset } from '../batch/offset-range.ts';
import type { OutputCounts } from '../outputs/output-batch.ts';
import type { RuleFailures } from '../batch/rule-failures.ts';

/** What a commit of ours did, kept in `commitInfo.kafkaBronze`; `bronze verify` replays these against Kafka. */
export type CommitNote =
  LaneOpenedNote | DeadLettersClaimedNote | BatchNote | OutputBatchNote | LateRecordsNote | ResetNote;

interface NoteOrigin {
  readonly job: string;
  readonly topic: string;
  readonly topicId: string;
  readonly epoch: number;
}

/** A lane was opened: earlier holders of the lane are fenced; partitions seen for the first time got their start. */
export interface LaneOpenedNote extends NoteOrigin {
  readonly kind: 'laneOpened';
  readonly starts: readonly { readonly partition: number; readonly offset: Offset }[];
  /** The run that opened the lane; in the job's table. */
  readonly opener?: string;
  /** The reset that took the lane over to move it. */
  readonly resetId?: string;
}

/** The lane is about to have dead letters for the first time, and they may be in the dead-letter table from here on. */
export interface DeadLettersClaimedNote extends NoteOrigin {
  readonly kind: 'deadLettersClaimed';
}

export interface BatchNote extends NoteOrigin {
  readonly kind: 'batch';
  readonly batch: number;
  /** One per topic partition; under `lostToRetention` a range begins where the table stood before. */
  readonly ranges: readonly RangeCounts[];
  /** The offsets that steps dropped, share by share; absent where they dropped none. */
  readonly dropped?: readonly DroppedOffsets[];
  /** Absent where no record failed a rule. */
  readonly ruleFailures?: RuleFailures;
}

/** What a batch did to the table of an output. */
export interface OutputBatchNote extends NoteOrigin {
  readonly kind: 'outputBatch';
  readonly output: string;
  readonly batch: number;
  /** What of the batch the output did not have yet. */
  readonly ranges: readonly { readonly partition: number; readonly startOffset: Offset; readonly endOffset: Offset }[];
  readonly counts: OutputCounts;
  /** By what records of the batch were late, beside the records before them; of windows, and absent in older notes. */
  readonly lateness?: Lateness;
  /** By which condition keys were removed; of outputs that merge, empty where none was, and absent in older notes. */
  readonly deleteWhen?: string;
  /** Rows that were written, and rows that left the table. */
  readonly rows: number;
  readonly removedRows: number;
  /** Windows, or keys where there are no windows, that later rows may change. */
  readonly open: number;
  /** Windows that end by then are closed: ISO 8601. */
  readonly closedThrough?: string;
}

/** `closedThroughUs`: windows that ended by then were closed when the batch was planned; microseconds since 1970. */
export interface Lateness {
  readonly delayMs: number;
  readonly maxAheadMs?: number;
  readonly closedThroughUs?: string;
  /** Late records became dead letters as well. */
  readonly late?: 'deadLetter';
}

/** Late records of an output became dead letters; in the dead-letter table, before the output's own commit. */
export interface LateRecordsNote extends NoteOrigin {
  readonly kind: 'lateRecords';
  readonly output: string;
  readonly batch: number;
  readonly ranges: readonly { readonly partition: number; readonly startOffset: Offset; readonly endOffset: Offset }[];
  readonly records: number;
}

/** Positions were moved by hand. With `rows: 'discard'` the rows from `to` on left the table in this same commit. */
export interface ResetNote extends NoteOrigin {
  readonly kind: 'reset';
  readonly rows: 'keep' | 'discard';
  /** By which the reset is known again when it is tried once more. */
  readonly resetId?: string;
  readonly cause?: 'logEndsBefore';
  readonly moves: readonly { readonly partition: number; readonly from: Offset; readonly to: Offset }[];
}
