import type { Client } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils.js';

/** Lengths of the histories of a job's runs, newest first, and of one of its batches. */
export async function describeRuns(client: Client, workflowId: string): Promise<readonly string[]> {
  const lines: string[] = [];
  const { historyLength, historySize, runId } = await client.workflow.getHandle(workflowId).describe();
  lines.push(`job: ${String(historyLength)} events, ${String(historySize)} bytes in the open run`);
  const first = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  lines.push(`job, by type: ${JSON.stringify(countTypes(first))}`);
  let started = first.events?.[0]?.workflowExecutionStartedEventAttributes;
  let runs = 0;
  while (started?.continuedExecutionRunId) {
    const bytes = (started.input?.payloads ?? []).reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
    const run = client.workflow.getHandle(workflowId, started.continuedExecutionRunId);
    const described = await run.describe();
    const seconds = ((described.closeTime?.getTime() ?? 0) - described.startTime.getTime()) / 1000;
    if (runs < 5)
      lines.push(
        `run before: ${String(described.historyLength)} events, ${String(described.historySize)} bytes in ${seconds.toFixed(0)} s; ${String(bytes)} bytes carried over`,
      );
    runs += 1;
    const history = await run.fetchHistory();
    started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
  }
  lines.push(`${String(runs + 1)} runs`);
  const query = `WorkflowType = 'microBatch' AND ExecutionStatus = 'Completed'`;
  for await (const batch of client.workflow.list({ query })) {
    if (!batch.workflowId.startsWith(`${workflowId}/`)) continue;
    lines.push(`a batch: ${String(batch.historyLength)} events, ${String(batch.historySize)} bytes`);
    break;
  }
  return lines;
}

function countTypes({ events }: History): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const event of events ?? []) {
    const [attributes = ''] = Object.keys(event).filter((key) => key.endsWith('EventAttributes'));
    const name = attributes.replace('EventAttributes', '');
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
