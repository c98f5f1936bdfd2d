import type { DuplicateCounts } from '../job/deduplicate-rule.ts';
import type { IndexedColumns } from '../table/indexed-columns.ts';
import { stepDropReasons, type DroppedOffsets } from './dropped-offsets.ts';
import type { Offset, OffsetRange } from './offset-range.ts';
import type { OutputPart, OutputPlan, OutputSummary } from '../outputs/output-batch.ts';
import type { RuleFailures } from './rule-failures.ts';
import type { LaneSchema, SchemaFinding } from './lane-schema.ts';
import type { StagedFiles } from './staged-file.ts';

/** Why an offset is neither a row nor a dead letter. */
export const dropReasons = [
  'tombstone',
  'abortedTransaction',
  'controlRecord',
  'compacted',
  'lostToRetention',
  'skippedByReset',
  ...stepDropReasons,
] as const;

/** Drops of committed records, as opposed to offsets that hold none. */
export const recordDropReasons = ['tombstone', ...stepDropReasons] as const satisfies readonly DropReason[];

export type DropReason = (typeof dropReasons)[number];

export type Drops = Readonly<Partial<Record<DropReason, number>>>;

export function dropCount(drops: Drops, reason: DropReason): number {
  return drops[reason] ?? 0;
}

export function addDrops(left: Drops, right: Drops): Drops {
  const sum: Partial<Record<DropReason, number>> = { ...left };
  for (const [reason, count] of Object.entries(right) as [DropReason, number][])
    sum[reason] = (sum[reason] ?? 0) + count;
  return sum;
}

/** What a table wants of its data files beyond what the job says. */
export interface FileRequirements {
  /** Columns have names of their own in files (PROTOCOL.md, Column Mapping). */
  readonly mapsColumns?: true;
  readonly indexedColumns?: IndexedColumns;
}

/** A range to ingest, with the offset that the table must hold when it is committed (invariant 2). */
export interface PlannedRange extends OffsetRange {
  /** The `txn` version in the table at planning time; below `startOffset` only where data loss was accepted. */
  readonly storedOffset: Offset;
}

/** One micro-batch of one topic. Everything that decides its content is in here, so that a retry gives the same rows. */
export interface BatchPlan {
  readonly job: string;
  readonly topic: string;
  readonly batch: number;
  /** The lane's epoch: a commit is refused once the table holds a newer one. */
  readonly epoch: number;
  /** `ingestedAt` of all rows. */
  readonly plannedAtMs: number;
  /** One per topic partition: what this batch takes. */
  readonly ranges: readonly PlannedRange[];
  /** The version of the table in which duplicates are looked for; absent for jobs that do not look into it. */
  readonly readVersion?: number;
  /** Absent where the table wants nothing but what the job says. */
  readonly fileRequirements?: FileRequirements;
  /** The same offsets cut into disjoint shares of about equal size; one `transformRange` activity each. */
  readonly groups: readonly RangeGroup[];
  /** Offsets between the end of this batch and the end of the topic when it was planned. */
  readonly lagOffsets: Offset;
  /** Of a job with outputs. */
  readonly outputs?: readonly OutputPlan[];
  /** Of a job with outputs: topic partitions of the lane in which nothing was unread when the batch was planned. */
  readonly quietPartitions?: readonly number[];
  /** The run has committed these columns before: where the table lacks one, somebody has removed it. */
  readonly columnsCommitted?: boolean;
}

export interface RangeGroup {
  readonly group: number;
  readonly ranges: readonly OffsetRange[];
}

/** What became of the offsets of one range. `rows + deadLetters + sum(drops) = endOffset - startOffset`. */
export interface RangeCounts {
  readonly partition: number;
  readonly startOffset: Offset;
  readonly endOffset: Offset;
  readonly rows: number;
  readonly deadLetters: number;
  readonly drops: Drops;
}

/** The result of transforming one group: durable files that no commit names yet. */
export interface TransformedGroup {
  readonly group: number;
  readonly dataFiles: StagedFiles;
  readonly deadLetterFiles: StagedFiles;
  readonly counts: readonly RangeCounts[];
  /** Absent where steps dropped nothing. */
  readonly dropped?: DroppedOffsets;
  /** Absent where no record failed a rule. */
  readonly ruleFailures?: RuleFailures;
  /** Of a job that looks for them. */
  readonly duplicates?: DuplicateCounts;
  readonly deadLettersByCode: Readonly<Record<string, number>>;
  /** Of a job with outputs: one for each. */
  readonly outputs?: readonly OutputPart[];
  /** Record bytes (keys and values) that were read. */
  readonly inputBytes: number;
  readonly outputBytes: number;
  /** Timestamp of the newest of the last records of what was fetched, each time; absent where there were no records. */
  readonly newestRecordMs?: number;
  readonly durations: { readonly fetchMs: number; readonly transformMs: number; readonly writeMs: number };
  /** Records have fields that the columns do not cover. Nothing was staged: all groups start again with other columns. */
  readonly findings?: readonly SchemaFinding[];
}

/** What a person wants to know of one micro-batch; goes to the Web UI, to logs and into `commitInfo`. */
export interface BatchSummary {
  readonly topic: string;
  readonly batch: number;
  readonly version: number;
  readonly rows: number;
  readonly deadLetters: number;
  readonly drops: Drops;
  /** Of a job that looks for them. */
  readonly duplicates?: DuplicateCounts;
  readonly deadLettersByCode: Readonly<Record<string, number>>;
  /** Absent where no record failed a rule. */
  readonly ruleFailures?: RuleFailures;
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly files: number;
  readonly durationMs: number;
  readonly committedAtMs: number;
  readonly ranges: readonly RangeCounts[];
  readonly lagOffsets: Offset;
  /** Of a job with outputs. */
  readonly outputs?: readonly OutputSummary[];
}

/** Where a lane stands: what the table holds, kept in the workflow as well and compared at every plan. */
export interface LanePosition {
  readonly topic: string;
  readonly topicId: string;
  readonly epoch: number;
  readonly nextBatch: number;
  readonly positions: readonly PartitionOffset[];
  /** Under `availableNow`: where the topic ended when the lane was opened. */
  readonly until?: readonly PartitionOffset[];
  /** Record bytes per offset in the last batch; what `maxBytesPerTrigger` is estimated with. */
  readonly bytesPerOffset?: number;
  /** What its records are read as, where that is not what the job began with. */
  readonly schema?: LaneSchema;
  /** This run has committed a batch of these columns. */
  readonly columnsCommitted?: boolean;
}

export interface PartitionOffset {
  readonly partition: number;
  readonly offset: Offset;
}
