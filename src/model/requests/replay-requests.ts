import type { Counts } from '../counts.ts';
import type { JobInput } from '../job/job-input.ts';
import type { JobSpec } from '../job/job-spec.ts';

/** Which dead letters of a job are sent, and how. */
export interface ReplayChoice {
  /** Topics of the job; default: all. */
  readonly topics?: readonly string[];
  /** A condition in DuckDB's SQL over the columns of the dead-letter table. */
  readonly where?: string;
  /** Default: each record goes to the topic that it came from. */
  readonly toTopic?: string;
  /** Send no more records than this, in each dead-letter table. */
  readonly limit?: number;
  /** Send what the job's pipeline would not make a row of, and late records, too. */
  readonly all?: boolean;
  /** Send what an earlier replay sent, too. */
  readonly again?: boolean;
  /** Which timestamp the records get. Default: the one that they had. */
  readonly timestamp?: 'original' | 'now';
}

/** Input of the `deadLetterReplay` workflow. */
export interface ReplayInput extends ReplayChoice {
  readonly job: JobInput;
}

export interface PlanReplayRequest {
  readonly spec: JobSpec;
  /** As somebody gave it. */
  readonly input: unknown;
  /** The same for all runs of one replay. */
  readonly replayId: string;
  readonly workflowId: string;
}

/** The part of a replay that is of one dead-letter table. */
export interface ReplayShare {
  readonly table: string;
  readonly replayId: string;
  /** Each is one Kafka transaction. */
  readonly chunks: number;
  readonly choice: ReplaySelection;
}

/** Why dead letters that the choice names are not even tried. */
export const leftReasons = ['replayed', 'late', 'redacted'] as const;

export type LeftReason = (typeof leftReasons)[number];

export interface ReplaySelection {
  /** Records that the choice names: `eligible` and those that are left. */
  readonly chosen: number;
  readonly eligible: number;
  readonly left: Partial<Readonly<Record<LeftReason, number>>>;
}

/** What became of the eligible dead letters so far. */
export interface ReplayCounts {
  /** By the code that they are dead letters for. */
  readonly sent: Counts;
  /** Those that would be dead letters again, by the code that they would have now. */
  readonly kept: Counts;
  /** Those that the pipeline would drop. */
  readonly dropped: number;
}

export const noReplayCounts: ReplayCounts = { sent: {}, kept: {}, dropped: 0 };

export interface ReplayShareRequest {
  readonly spec: JobSpec;
  readonly share: Pick<ReplayShare, 'table' | 'replayId'>;
}

/** How far a share has come. */
export interface ReplayProgress {
  readonly doneChunks: number;
  readonly isDone: boolean;
  readonly counts: ReplayCounts;
}

/** What a share came to. `chosen = left + sent + kept + dropped + beyondLimit` */
export interface ReplayedShare extends ReplaySelection, ReplayCounts {
  readonly table: string;
  /** Neither tried nor sent, because `limit` was reached. */
  readonly beyondLimit: number;
}

/** The result of the workflow. */
export interface ReplayReport {
  readonly job: string;
  readonly shares: readonly ReplayedShare[];
}

/** Answer of the query `progress`. */
export interface ReplayStatus extends ReplayReport {
  readonly chunks: number;
  readonly doneChunks: number;
}

export function totalOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

export function replayedShare({ table, choice }: ReplayShare, { counts, isDone }: ReplayProgress): ReplayedShare {
  const { sent, kept, dropped } = counts;
  const beyondLimit = isDone ? choice.eligible - totalOf(sent) - totalOf(kept) - dropped : 0;
  return { table, ...choice, ...counts, beyondLimit };
}
