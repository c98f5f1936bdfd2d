import type { BatchSummary, TransformedGroup } from '../../model/batch/batch.ts';
import { listRuleFailures } from '../../model/batch/rule-failures.ts';
import type { OutputSummary } from '../../model/outputs/output-batch.ts';
import type { LabelsOf } from './metric-list.ts';
import type { Metrics } from './metrics.ts';

export type LaneLabels = LabelsOf<'kafka_bronze_rows_total'>;

/** Makes the series of a lane that every batch adds to, so that the first batch is an increase. */
export function beginLane(metrics: Metrics, lane: LaneLabels): void {
  metrics.add('kafka_bronze_batches_total', lane, 0);
  metrics.add('kafka_bronze_rows_total', lane, 0);
  metrics.add('kafka_bronze_read_bytes_total', lane, 0);
  metrics.add('kafka_bronze_written_bytes_total', lane, 0);
  metrics.add('kafka_bronze_written_files_total', lane, 0);
}

/** Counts a batch that has just been committed. */
export function countBatch(
  metrics: Metrics,
  lane: LaneLabels,
  summary: BatchSummary,
  groups: readonly Pick<TransformedGroup, 'durations' | 'newestRecordMs'>[],
): void {
  metrics.add('kafka_bronze_batches_total', lane, 1);
  metrics.add('kafka_bronze_rows_total', lane, summary.rows);
  for (const [code, count] of Object.entries(summary.deadLettersByCode)) {
    metrics.add('kafka_bronze_dead_letters_total', { ...lane, code }, count);
  }
  for (const [reason, count] of Object.entries(summary.drops)) {
    metrics.add('kafka_bronze_dropped_offsets_total', { ...lane, reason }, count);
  }
  for (const { rule, action, records } of listRuleFailures(summary.ruleFailures ?? {})) {
    metrics.add('kafka_bronze_rule_failures_total', { ...lane, rule, action }, records);
  }
  metrics.add('kafka_bronze_read_bytes_total', lane, summary.inputBytes);
  metrics.add('kafka_bronze_written_bytes_total', lane, summary.outputBytes);
  metrics.add('kafka_bronze_written_files_total', lane, summary.files);
  metrics.record('kafka_bronze_batch_duration_seconds', lane, summary.durationMs / 1000);
  for (const { fetchMs, transformMs, writeMs } of groups.map(({ durations }) => durations)) {
    recordStage(metrics, lane, 'fetch', fetchMs);
    recordStage(metrics, lane, 'transform', transformMs);
    recordStage(metrics, lane, 'write', writeMs);
  }
  metrics.set('kafka_bronze_table_version', lane, summary.version);
  metrics.set('kafka_bronze_last_commit_timestamp_seconds', lane, summary.committedAtMs / 1000);
  const newestMs = Math.max(-1, ...groups.map(({ newestRecordMs = -1 }) => newestRecordMs));
  if (newestMs >= 0) metrics.set('kafka_bronze_newest_record_timestamp_seconds', lane, newestMs / 1000);
}

/** Counts what a batch has just done to one of the job's outputs. */
export function countOutput(metrics: Metrics, lane: LaneLabels, summary: OutputSummary): void {
  const output = { ...lane, output: summary.name };
  metrics.add('kafka_bronze_output_rows_total', output, summary.rows);
  metrics.add('kafka_bronze_output_removed_rows_total', output, summary.removedRows);
  metrics.add('kafka_bronze_output_late_records_total', output, summary.counts.late);
  metrics.set('kafka_bronze_output_open_windows', output, summary.open);
  metrics.set('kafka_bronze_output_state_bytes', output, summary.stateBytes);
}

export type Stage = 'fetch' | 'transform' | 'write' | 'deadLetters' | 'output' | 'commit';

export function recordStage(metrics: Metrics, lane: LaneLabels, stage: Stage, durationMs: number): void {
  metrics.record('kafka_bronze_stage_duration_seconds', { ...lane, stage }, durationMs / 1000);
}
