import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { ingestionJob } from '../../workflows/ingestion-job.ts';
import * as messages from '../../workflows/messages.ts';
import { BronzeError } from '../errors.ts';
import { isErrorCode, type ErrorCode } from '../model/error-code.ts';
import type { JobInput } from '../model/job-input.ts';
import type { JobProgress } from '../model/job-progress.ts';

type JobHandle = WorkflowHandle<typeof ingestionJob>;

export interface StartedJob {
  readonly workflowId: string;
  readonly runId: string;
}

/** What people do to a job, as Temporal calls. A job's workflow id is its name unless another is given. */
export class JobClient {
  #client: Client;

  constructor(client: Client) {
    this.#client = client;
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

  async progress(workflowId: string): Promise<JobProgress> {
    return this.#call(workflowId, (handle) => handle.query(messages.progressQuery));
  }

  /** Waits until the running micro-batches are committed and the job has ended. */
  async stop(workflowId: string): Promise<JobProgress> {
    return this.#call(workflowId, (handle) => handle.executeUpdate(messages.gracefulStopUpdate));
  }

  async pause(workflowId: string): Promise<JobProgress> {
    return this.#call(workflowId, (handle) => handle.executeUpdate(messages.pauseUpdate));
  }

  async resume(workflowId: string): Promise<JobProgress> {
    return this.#call(workflowId, (handle) => handle.executeUpdate(messages.resumeUpdate));
  }

  async reset(workflowId: string, payload: unknown): Promise<JobProgress> {
    return this.#call(workflowId, (handle) =>
      handle.executeUpdate(messages.resetCheckpointUpdate, { args: [payload] }),
    );
  }

  /** Waits for the end of a job that ends by itself (`availableNow`). */
  async result(workflowId: string): Promise<JobProgress> {
    return this.#call(workflowId, (handle) => handle.result());
  }

  async #call<T>(workflowId: string, use: (handle: JobHandle) => Promise<T>): Promise<T> {
    try {
      return await use(this.#client.workflow.getHandle<typeof ingestionJob>(workflowId));
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) {
        throw new BronzeError(
          'JOB_NOT_RUNNING',
          `no job ${workflowId} is running in namespace ${this.#client.options.namespace}`,
        );
      }
      if (error instanceof WorkflowUpdateFailedError || error instanceof WorkflowFailedError) throw unwrap(error);
      throw error;
    }
  }
}

function unwrap(error: WorkflowUpdateFailedError | WorkflowFailedError): Error {
  const { cause } = error;
  if (!(cause instanceof ApplicationFailure)) return error;
  const code: ErrorCode = isErrorCode(cause.type) ? cause.type : 'INTERNAL';
  return new BronzeError(code, cause.message, { cause: error });
}
