import {
  type Client,
  isGrpcCancelledError,
  isGrpcDeadlineError,
  isGrpcServiceError,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import proto from '@temporalio/proto';
import type { ingestionJob } from '../../workflows/ingestion-job.ts';
import * as messages from '../../workflows/messages.ts';
import { BronzeError } from '../errors.ts';
import type { AlertState } from '../model/job/alert.ts';
import type { JobInput } from '../model/job/job-input.ts';
import type { JobProgress } from '../model/requests/job-progress.ts';
import { didYouMean } from '../model/nearest-name.ts';
import { workflowFailure } from './workflow-failure.ts';
import { retryingActivities, type RetryingActivity } from './retrying-activities.ts';

type JobHandle = WorkflowHandle<typeof ingestionJob>;

export interface StartedJob {
  readonly workflowId: string;
  readonly runId: string;
}

export interface JobStatus extends JobProgress {
  /** What the job waits for: activities that failed, and are tried again until the outage is over. */
  readonly retrying: readonly RetryingActivity[];
  /** Those that fire. */
  readonly alerts?: readonly AlertState[];
}

/** What people do to a job, as Temporal calls. A job's workflow id is its name unless another is given. */
export class JobClient {
  readonly #client: Client;
  readonly #queryTimeoutMs: number;

  /** A worker that is there answers in milliseconds, or in seconds where it has to replay a long history. */
  constructor(client: Client, { queryTimeoutMs = 10_000 }: { readonly queryTimeoutMs?: number } = {}) {
    this.#client = client;
    this.#queryTimeoutMs = queryTimeoutMs;
  }

  /** Throws USAGE when the job runs already. */
  async start(
    input: JobInput,
    options: { readonly workflowId: string; readonly taskQueue: string },
  ): Promise<StartedJob> {
    try {
      const handle = await this.#client.workflow.start<typeof ingestionJob>('ingestionJob', {
        ...options,
        args: [input],
        staticSummary: `Kafka → Delta: ${options.workflowId}`,
      });
      return { workflowId: handle.workflowId, runId: handle.firstExecutionRunId };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      throw new BronzeError(
        'USAGE',
        `job ${options.workflowId} is running already; see "bronze status ${options.workflowId}"`,
      );
    }
  }

  /** Has a worker looked at the task queue in the last minutes? */
  async hasWorker(taskQueue: string): Promise<boolean> {
    const { pollers } = await this.#client.workflowService.describeTaskQueue({
      namespace: this.#client.options.namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    });
    return pollers.length > 0;
  }

  async progress(workflowId: string): Promise<JobProgress> {
    // The client would try again when the server has given up, as if the server were out of order.
    return this.#call(workflowId, (handle) =>
      this.#client.withDeadline(Date.now() + this.#queryTimeoutMs, () => handle.query(messages.progressQuery)),
    );
  }

  async status(workflowId: string): Promise<JobStatus> {
    const progress = await this.progress(workflowId);
    const [retrying, alerts] = await Promise.all([
      retryingActivities(this.#client, workflowId),
      this.alerts(workflowId),
    ]);
    return { ...progress, retrying, ...(alerts.length === 0 ? {} : { alerts }) };
  }

  /** The alerts of the job that fire; none where it has no alerts, or nobody watches it now. */
  async alerts(workflowId: string): Promise<readonly AlertState[]> {
    const handle = this.#client.workflow.getHandle(`${workflowId}/alerts`);
    try {
      return await this.#client.withDeadline(Date.now() + this.#queryTimeoutMs, () =>
        handle.query(messages.alertsQuery),
      );
    } catch (error) {
      if (error instanceof WorkflowNotFoundError || isWorkerMissing(error)) return [];
      throw error;
    }
  }

  /** Workflow ids of the jobs that run, by name. */
  async running(): Promise<readonly string[]> {
    const query = `WorkflowType = 'ingestionJob' AND ExecutionStatus = 'Running'`;
    const workflowIds: string[] = [];
    for await (const { workflowId } of this.#client.workflow.list({ query })) workflowIds.push(workflowId);
    return workflowIds.sort();
  }

  /** Waits until the running micro-batches are committed and the job has ended. */
  async stop(workflowId: string): Promise<JobProgress> {
    return this.#update(workflowId, (handle) => handle.executeUpdate(messages.gracefulStopUpdate));
  }

  async pause(workflowId: string): Promise<JobProgress> {
    return this.#update(workflowId, (handle) => handle.executeUpdate(messages.pauseUpdate));
  }

  async resume(workflowId: string): Promise<JobProgress> {
    return this.#update(workflowId, (handle) => handle.executeUpdate(messages.resumeUpdate));
  }

  async reset(workflowId: string, payload: unknown): Promise<JobProgress> {
    return this.#update(workflowId, (handle) =>
      handle.executeUpdate(messages.resetCheckpointUpdate, { args: [payload] }),
    );
  }

  /** Waits for the end of a job that ends by itself (`availableNow`). */
  async result(workflowId: string): Promise<JobProgress> {
    return this.#call(workflowId, (handle) => handle.result());
  }

  async #notRunning(workflowId: string): Promise<BronzeError> {
    const running = await this.running().catch(() => []);
    const what = running.length === 0 ? 'none is' : `running: ${running.join(', ')}`;
    const { namespace } = this.#client.options;
    return new BronzeError(
      'JOB_NOT_RUNNING',
      `no job ${workflowId} is running in namespace ${namespace}${didYouMean(workflowId, running)} (${what})`,
    );
  }

  /** An update may take long, and without a worker it would wait for ever: a query first, which does not. */
  async #update<T>(workflowId: string, use: (handle: JobHandle) => Promise<T>): Promise<T> {
    await this.progress(workflowId);
    return this.#call(workflowId, use);
  }

  async #call<T>(workflowId: string, use: (handle: JobHandle) => Promise<T>): Promise<T> {
    try {
      return await repeatWhenOvertaken(() => use(this.#client.workflow.getHandle<typeof ingestionJob>(workflowId)));
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) {
        throw await this.#notRunning(workflowId);
      }
      if (isWorkerMissing(error)) {
        throw new BronzeError(
          'WORKER_UNAVAILABLE',
          `no worker answers for job ${workflowId}. Start one with "bronze worker": the job goes on with it.`,
          { cause: error },
        );
      }
      if (error instanceof WorkflowUpdateFailedError || error instanceof WorkflowFailedError)
        throw workflowFailure(error);
      throw error;
    }
  }
}

const maxAttempts = 5;

/**
 * An update that ends the workflow at once is refused when something else happens in the workflow at the same moment: the
 * server then throws away what was decided, the update with it.
 */
async function repeatWhenOvertaken<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (attempt === maxAttempts || !isOvertaken(error)) throw error;
    }
  }
}

function isOvertaken(error: unknown): boolean {
  if (!(error instanceof ServiceError) || !isGrpcServiceError(error.cause)) return false;
  return error.cause.details.includes('workflow task failure');
}

/**
 * A query waits for a worker until its deadline, which ends the call as past its deadline or as cancelled, whichever is
 * noticed first; it is refused at once where no worker has been seen for minutes.
 */
function isWorkerMissing(error: unknown): boolean {
  if (!(error instanceof ServiceError)) return false;
  const { cause } = error;
  return isGrpcDeadlineError(cause) || isGrpcCancelledError(cause) || /no poller seen/.test(String(cause));
}
