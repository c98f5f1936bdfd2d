import type { NotifyRequest, WatchAlertsOutcome, WatchAlertsRequest } from '../src/model/requests/alert-requests.ts';
import type { BatchSummary, LanePosition, TransformedGroup } from '../src/model/batch/batch.ts';
import type { JobInput } from '../src/model/job/job-input.ts';
import type { JobSpec } from '../src/model/job/job-spec.ts';
import type { LaneSchema } from '../src/model/batch/lane-schema.ts';
import type {
  CommitOutcome,
  CommitOutputRequest,
  CommitRequest,
  DeadLetterOutcome,
  OpenLaneRequest,
  OutputOutcome,
  PollOutcome,
  PollRequest,
  ResetLaneRequest,
  SettleSchemaRequest,
  TransformRequest,
} from '../src/model/requests/lane-requests.ts';
import type {
  MaintainTableRequest,
  MaintainedTable,
  MaintenanceTask,
} from '../src/model/requests/maintenance-requests.ts';
import type {
  PlanReplayRequest,
  ReplayProgress,
  ReplayShare,
  ReplayShareRequest,
} from '../src/model/requests/replay-requests.ts';

/** What workflows ask of the outside world. Types only, so that no Node code reaches the workflow sandbox. */
export interface BronzeActivities {
  /** Loads and validates a job. Fails for good with `SPEC_INVALID` or `SPEC_NOT_FOUND`. */
  resolveJob(input: JobInput): Promise<ResolvedJob>;
  /** The topics that the job reads; waits (by retries) for listed ones that do not exist yet. */
  discoverTopics(request: { readonly spec: JobSpec }): Promise<readonly string[]>;
  /** Those of the workflows of which an activity has failed, and is tried again. */
  findStuckBatches(request: { readonly workflowIds: readonly string[] }): Promise<readonly string[]>;
  /** Creates the table if need be, fences earlier runs, and settles where each new partition starts. */
  openLane(request: OpenLaneRequest): Promise<LanePosition>;
  /** Long poll: returns once there is something to ingest and the trigger is due. */
  pollOffsets(request: PollRequest): Promise<PollOutcome>;
  /** Fetches, transforms and stages one share of the batch. */
  transformRange(request: TransformRequest): Promise<TransformedGroup>;
  /** Decides what a lane reads from now on, once its records have shown more than its columns hold. */
  settleSchema(request: SettleSchemaRequest): Promise<LaneSchema>;
  /** Commits the batch's dead letters, before its rows. */
  routeDeadLetters(request: CommitRequest): Promise<DeadLetterOutcome>;
  /** Commits what the batch does to one of the job's outputs, before its rows; late records as dead letters before that. */
  commitOutput(request: CommitOutputRequest): Promise<OutputOutcome>;
  /** Commits the batch's rows together with the offsets that they came from. */
  commitDeltaLog(request: CommitRequest): Promise<CommitOutcome>;
  /** Log lines, the mirror of offsets, the manifest; never decides anything. */
  report(request: { readonly spec: JobSpec; readonly summary: BatchSummary }): Promise<void>;
  /** Makes the Schedules of the job's maintenance, or brings them up to date. */
  startMaintenance(request: { readonly spec: JobSpec; readonly input: JobInput }): Promise<void>;
  endMaintenance(request: { readonly job: string; readonly task: MaintenanceTask }): Promise<void>;
  /** One task on one table. */
  maintainTable(request: MaintainTableRequest): Promise<MaintainedTable>;
  /** Looks at a job until one of its alerts changes, or it is over. */
  watchAlerts(request: WatchAlertsRequest): Promise<WatchAlertsOutcome>;
  /** Tells one receiver of an alert. Fails for good with `RECEIVER_REFUSED`. */
  notify(request: NotifyRequest): Promise<void>;
  /** Moves a lane's positions, and with `rows: discard` removes what was ingested from there on. */
  resetLane(request: ResetLaneRequest): Promise<LanePosition>;
  /** Decides, once and for all attempts, which dead letters a replay is about. */
  planReplay(request: PlanReplayRequest): Promise<readonly ReplayShare[]>;
  /** Sends dead letters of one table for some seconds, from where Kafka says that attempts before came to. */
  sendDeadLetters(request: ReplayShareRequest): Promise<ReplayProgress>;
}

export interface ResolvedJob {
  readonly spec: JobSpec;
  /** Does this namespace know our search attributes? Setting unknown ones would stall a workflow. */
  readonly searchAttributes: boolean;
}
