import type { RetryingActivity } from '../../temporal/retrying-activities.ts';
import type { JobProgress, LaneProgress } from '../../model/requests/job-progress.ts';
import type { JobStatus } from '../../temporal/job-client.ts';
import { describeFailures, renderLanes } from './lane-table.ts';
import { renderOutputs } from './output-table.ts';

/** A job's lanes as people see them; rates are those of the last batch. */
export function renderJob(progress: JobProgress & Partial<Pick<JobStatus, 'retrying' | 'alerts'>>): string {
  const lines = [
    `${progress.job}: ${progress.state}`,
    renderLanes(progress.lanes, { title: 'topic', name: ({ topic }) => topic, rowsPerSecond: lastRate }),
    ...renderOutputs(progress.lanes),
    ...describeFailures(progress.lanes),
    ...(progress.retrying ?? []).map(describeRetry),
    ...(progress.alerts ?? []).map(
      ({ alert, topic, sinceMs }) => `${topic}: alert ${alert} fires since ${new Date(sinceMs).toISOString()}`,
    ),
    ...(progress.warning === undefined ? [] : [`warning: ${progress.warning}`]),
  ];
  return lines.join('\n');
}

/** What failed, and is tried again until it works. */
export function describeRetry({ workflowId, activity, attempt, code, message }: RetryingActivity): string {
  return `${workflowId} waits: [${code}] ${message} (${activity}, attempt ${String(attempt)})`;
}

function lastRate({ lastBatch }: LaneProgress): number | undefined {
  return lastBatch && (lastBatch.rows * 1000) / Math.max(1, lastBatch.durationMs);
}
