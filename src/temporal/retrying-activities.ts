import type { Client } from '@temporalio/client';

/** An activity whose last attempt failed, and that Temporal tries again. */
export interface RetryingActivity {
  /** The job's, or that of one of its micro-batches. */
  readonly workflowId: string;
  readonly activity: string;
  /** The attempt that runs or comes next; from 1. */
  readonly attempt: number;
  readonly code: string;
  readonly message: string;
}

/** What a job and its running micro-batches wait for. A query cannot tell: workflows do not see attempts. */
export async function retryingActivities(client: Client, workflowId: string): Promise<readonly RetryingActivity[]> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  const own = (raw.pendingActivities ?? []).flatMap(({ activityType, attempt, lastFailure }): RetryingActivity[] =>
    lastFailure
      ? [
          {
            workflowId,
            activity: activityType?.name ?? '',
            attempt: attempt ?? 1,
            code: lastFailure.applicationFailureInfo?.type ?? 'INTERNAL',
            message: lastFailure.message ?? '',
          },
        ]
      : [],
  );
  const children = await Promise.all(
    // A child that has just ended, with its history gone, has nothing to tell.
    (raw.pendingChildren ?? []).map((child) => retryingActivities(client, child.workflowId ?? '').catch(() => [])),
  );
  return [...own, ...children.flat()];
}

/** Those of the workflows that wait for an activity to be tried again. One that has ended does not. */
export async function stuckWorkflows(client: Client, workflowIds: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const workflowId of workflowIds) {
    const retrying = await retryingActivities(client, workflowId).catch(() => []);
    if (retrying.length > 0) found.push(workflowId);
  }
  return found;
}
