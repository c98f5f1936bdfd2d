import type { BatchPlan, BatchSummary, LanePosition, RangeGroup, TransformedGroup } from '../batch/batch.ts';
import type { JobSpec } from '../job/job-spec.ts';
import type { SchemaFinding } from '../batch/lane-schema.ts';
import type { OutputPart, OutputSummary } from '../outputs/output-batch.ts';
import type { ResetRequest } from './reset-request.ts';

/** What a run of a job remembers of a lane. */
export interface LanePast {
  /** Where this run of the job left the lane; absent when it opens the lane for the first time. */
  readonly previous?: LanePosition;
  /** Ids of resets that it ordered since, and that failed: the last that came to something may have moved the lane. */
  readonly unheardResets?: readonly string[];
  /** Names the run, as the one that it continues: an opening of its own, of which it has not heard, is known again by it. */
  readonly opener?: string;
}

export interface OpenLaneRequest extends LanePast {
  readonly spec: JobSpec;
  readonly topic: string;
}

export interface PollRequest {
  readonly spec: JobSpec;
  readonly lane: LanePosition;
  readonly notBeforeMs: number;
}

/**
 * `reopen`: table, topic and workflow disagree, or a partition is new; the lane must be opened again. `logEndsBefore`:
 * Kafka has lost offsets that are in the table, which is accepted; the lane goes on where `reset` says.
 */
export type PollOutcome =
  | { readonly kind: 'planned'; readonly plan: BatchPlan }
  | { readonly kind: 'drained' }
  | { readonly kind: 'logEndsBefore'; readonly reset: ResetRequest }
  | { readonly kind: 'reopen'; readonly reason: string };

/** What each share is told of its batch: with the ranges of all others, a large plan would burst Temporal's messages. */
export type PlanFacts = Pick<
  BatchPlan,
  'job' | 'topic' | 'batch' | 'epoch' | 'plannedAtMs' | 'readVersion' | 'fileRequirements' | 'outputs'
>;

export interface TransformRequest {
  readonly spec: JobSpec;
  readonly plan: PlanFacts;
  readonly group: RangeGroup;
}

/** `spec` is the job as the lane runs it. */
export interface SettleSchemaRequest {
  readonly spec: JobSpec;
  readonly topic: string;
  readonly findings: readonly SchemaFinding[];
}

export interface CommitRequest {
  readonly spec: JobSpec;
  readonly plan: BatchPlan;
  readonly groups: readonly TransformedGroup[];
}

export type DeadLetterOutcome =
  { readonly kind: 'committed'; readonly version: number } | { readonly kind: 'reopen'; readonly reason: string };

/** Was it an earlier attempt that committed, whose answer was lost? Only whoever makes a commit counts it. */
export interface CommittedEarlier {
  readonly earlier?: true;
}

export type CommitOutcome =
  | ({ readonly kind: 'committed'; readonly summary: BatchSummary } & CommittedEarlier)
  | { readonly kind: 'reopen'; readonly reason: string };

/** What all groups of a batch have for one output. */
export interface CommitOutputRequest {
  /** The job as the batch was transformed by it. */
  readonly spec: JobSpec;
  readonly plan: BatchPlan;
  readonly output: string;
  readonly parts: readonly OutputPart[];
}

export type OutputOutcome =
  | ({ readonly kind: 'committed'; readonly summary: OutputSummary } & CommittedEarlier)
  | { readonly kind: 'reopen'; readonly reason: string };

export interface ResetLaneRequest extends LanePast {
  readonly spec: JobSpec;
  readonly topic: string;
  readonly request: ResetRequest;
  /** Names this reset: an attempt whose outcome nobody heard of is known again by it. */
  readonly resetId: string;
}
