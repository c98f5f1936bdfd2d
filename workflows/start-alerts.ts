import { isCancellation, log, ParentClosePolicy, startChild, workflowInfo } from '@temporalio/workflow';
import type { JobSpec } from '../src/model/job/job-spec.ts';
import { findFailure } from './find-failure.ts';
import { jobAlerts } from './job-alerts.ts';

/** Begins to watch the job. Abandoned, as the watch outlasts the job's runs, and must see its end. */
export async function startAlerts(spec: JobSpec): Promise<void> {
  const { workflowId, firstExecutionRunId: firstRunId } = workflowInfo();
  try {
    await startChild(jobAlerts, {
      args: [{ spec, workflowId, firstRunId }],
      workflowId: `${workflowId}/alerts`,
      // That of an earlier start of the job, which has not seen its end yet.
      workflowIdReusePolicy: 'TERMINATE_IF_RUNNING',
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `alerts of ${workflowId}`,
    });
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('the alerts of the job could not be started', { failure: findFailure(error) });
  }
}
