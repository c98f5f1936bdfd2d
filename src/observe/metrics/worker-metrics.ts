import { BronzeError } from '../../errors.ts';
import type { BatchPlan } from '../../model/batch/batch.ts';
import { engineInfo } from '../../model/engine-info.ts';
import { isHandedOn } from '../../model/error-code.ts';
import type { JobSpec } from '../../model/job/job-spec.ts';
import type { LaneLag } from '../../model/requests/lane-lag.ts';
import type {
  CommitOutcome,
  CommitOutputRequest,
  CommitRequest,
  OutputOutcome,
} from '../../model/requests/lane-requests.ts';
import type { MaintainedTable, MaintainTableRequest } from '../../model/requests/maintenance-requests.ts';
import type { TableCommit } from '../../model/table/table-commit.ts';
import { beginLane, countBatch, countOutput, recordStage, type LaneLabels, type Stage } from './batch-metrics.ts';
import { CountedBatches } from './counted-batches.ts';
import { LaneWatch } from './lane-watch.ts';
import { Metrics, type Meter } from './metrics.ts';

export interface WorkerMetricsOptions {
  readonly meter: Meter;
  /** Absent where nobody looks at metrics: lags are measured for nothing else. */
  readonly measureLag?: (spec: JobSpec, topic: string) => Promise<LaneLag>;
}

/** An attempt of an activity that is about a lane. */
export interface LaneActivity {
  readonly activity: string;
  readonly spec: JobSpec;
  readonly topic: string;
  /** The part of a batch that it is, where it is timed as a whole. */
  readonly stage?: Stage;
  readonly signal: AbortSignal;
}

/** What a worker tells of its work. Nothing in here waits, or throws into the work. */
export class WorkerMetrics {
  readonly #metrics: Metrics;
  readonly #watch: LaneWatch | undefined;
  readonly #counted = new CountedBatches();
  readonly #lanes = new Set<string>();

  constructor({ meter, measureLag }: WorkerMetricsOptions) {
    this.#metrics = new Metrics(meter);
    this.#watch = measureLag && new LaneWatch({ metrics: this.#metrics, measure: measureLag });
    this.#metrics.set('kafka_bronze_worker_info', { version: engineInfo.split('/').at(-1) ?? '' }, 1);
    this.#watch?.start();
  }

  async close(): Promise<void> {
    await this.#watch?.close();
  }

  /** Does an attempt's work: its lane is watched meanwhile, its failure counted. */
  async during<Result>(
    { activity, spec, topic, stage, signal }: LaneActivity,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const lane = { job: spec.name, topic };
    this.#seen(lane);
    const leave = this.#watch?.enter(spec, topic);
    const startedAtMs = performance.now();
    try {
      const result = await work();
      if (stage !== undefined) recordStage(this.#metrics, lane, stage, performance.now() - startedAtMs);
      return result;
    } catch (error) {
      const code = error instanceof BronzeError ? error.code : 'INTERNAL';
      if (!signal.aborted && !isHandedOn(code)) {
        this.#metrics.add('kafka_bronze_activity_failures_total', { ...lane, activity, code }, 1);
      }
      throw error;
    } finally {
      leave?.();
    }
  }

  /** Commits a batch, and counts it where it is this process that has committed it. */
  async countingBatch(
    { plan, groups }: Pick<CommitRequest, 'plan' | 'groups'>,
    commit: () => Promise<CommitOutcome>,
  ): Promise<CommitOutcome> {
    const end = this.#begin(plan, 'rows');
    const outcome = await commit();
    if (outcome.kind === 'committed' && end(outcome.earlier))
      countBatch(this.#metrics, laneOf(plan), outcome.summary, groups);
    return outcome;
  }

  /** The same for what a batch does to an output. */
  async countingOutput(
    { plan, output }: Pick<CommitOutputRequest, 'plan' | 'output'>,
    commit: () => Promise<OutputOutcome>,
  ): Promise<OutputOutcome> {
    const end = this.#begin(plan, `output ${output}`);
    const outcome = await commit();
    if (outcome.kind === 'committed' && end(outcome.earlier)) countOutput(this.#metrics, laneOf(plan), outcome.summary);
    return outcome;
  }

  committed({ table, rebases }: TableCommit): void {
    this.#metrics.add('kafka_bronze_commits_total', { table }, 1);
    this.#metrics.add('kafka_bronze_commit_rebases_total', { table }, rebases);
  }

  maintained({ spec, task }: Pick<MaintainTableRequest, 'spec' | 'task'>, table: MaintainedTable): void {
    const round = { job: spec.name, task };
    this.#metrics.add('kafka_bronze_maintained_tables_total', { ...round, outcome: table.kind }, 1);
    const removed = 'removedFiles' in table ? table.removedFiles : 'deletedFiles' in table ? table.deletedFiles : 0;
    this.#metrics.add('kafka_bronze_maintenance_removed_files_total', round, removed);
  }

  #begin(plan: BatchPlan, series: string): (earlier?: true) => boolean {
    const { job, topic, epoch, batch } = plan;
    const key = JSON.stringify([job, topic, series]);
    const id = `${String(epoch)}/${String(batch)}`;
    this.#counted.begin(key, id);
    return (earlier) => this.#counted.end(key, id, earlier === true);
  }

  #seen(lane: LaneLabels): void {
    const key = JSON.stringify(lane);
    if (this.#lanes.has(key)) return;
    this.#lanes.add(key);
    beginLane(this.#metrics, lane);
  }
}

function laneOf({ job, topic }: BatchPlan): LaneLabels {
  return { job, topic };
}
