import type { Client } from '@temporalio/client';
import type { JobLook } from '../model/requests/alert-requests.ts';
import { JobClient } from './job-client.ts';
import { retryingActivities } from './retrying-activities.ts';

/** A job as it is now, whether it runs or has ended. Throws what `JobClient.progress` throws. */
export async function lookAtJob(client: Client, workflowId: string): Promise<JobLook> {
  // First of all: a job that has ended says all that there is to say from then on.
  const { status, raw } = await client.workflow.getHandle(workflowId).describe();
  return {
    progress: await new JobClient(client).progress(workflowId),
    retrying: await retryingActivities(client, workflowId),
    state: stateOf(status.name),
    firstRunId: raw.workflowExecutionInfo?.firstRunId ?? '',
  };
}

function stateOf(status: string): JobLook['state'] {
  switch (status) {
    case 'RUNNING':
    case 'CONTINUED_AS_NEW':
      return 'running';
    case 'FAILED':
      return 'failed';
    default:
      return 'ended';
  }
}
