import type { JobProgress, LaneProgress } from '../../model/job-progress.ts';
import type { RetryingActivity } from '../../temporal/retrying-activities.ts';
import { renderTable, type Column } from './table.ts';
import { formatCount } from './units.ts';

const columns: readonly Column[] = [
  { title: 'topic' },
  { title: 'state' },
  { title: 'batches', align: 'right' },
  { title: 'rows', align: 'right' },
  { title: 'rows/s', align: 'right' },
  { title: 'lag', align: 'right' },
  { title: 'dead letters', align: 'right' },
  { title: 'version', align: 'right' },
];

/** A job's lanes as people see them; rates are those of the last batch. */
export function renderJob(progress: JobProgress & { readonly retrying?: readonly RetryingActivity[] }): string {
  const lines = [
    `${progress.job}: ${progress.state}`,
    renderTable(
      columns,
      progress.lanes.map((lane) => laneCells(lane)),
    ),
    ...progress.lanes.flatMap(({ topic, error }) =>
      error ? [`${topic} stopped: [${error.code}] ${error.message}`] : [],
    ),
    ...(progress.retrying ?? []).map(
      ({ workflowId, activity, attempt, code, message }) =>
        `${workflowId} waits: [${code}] ${message} (${activity}, attempt ${String(attempt)})`,
    ),
    ...(progress.warning === undefined ? [] : [`warning: ${progress.warning}`]),
  ];
  return lines.join('\n');
}

function laneCells(lane: LaneProgress): readonly string[] {
  const { totals, lastBatch } = lane;
  return [
    lane.topic,
    lane.state,
    formatCount(totals.batches),
    formatCount(totals.rows),
    lastBatch ? formatCount(Math.round((lastBatch.rows * 1000) / Math.max(1, lastBatch.durationMs))) : '',
    formatCount(BigInt(lane.lagOffsets)),
    formatCount(totals.deadLetters),
    lastBatch ? String(lastBatch.version) : '',
  ];
}
