import { setTimeout as delay } from 'node:timers/promises';
import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowFailedError } from '@temporalio/client';
import { CancelledFailure, TerminatedFailure } from '@temporalio/common';
import type { deadLetterReplay } from '../../workflows/dead-letter-replay.ts';
import { replayProgressQuery } from '../../workflows/messages.ts';
import { BronzeError } from '../errors.ts';
import type { ReplayInput, ReplayReport, ReplayStatus } from '../model/requests/replay-requests.ts';
import { workflowFailure } from './workflow-failure.ts';

const pollIntervalMs = 500;
const queryTimeoutMs = 10_000;

export interface StartedReplay {
  readonly workflowId: string;
  readonly runId: string;
}

/** Replays of dead letters, as Temporal calls. */
export class ReplayClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Throws USAGE when one of that workflow id runs already. */
  async start(
    input: ReplayInput,
    options: { readonly workflowId: string; readonly taskQueue: string },
  ): Promise<StartedReplay> {
    const { workflowId } = options;
    try {
      const handle = await this.#client.workflow.start<typeof deadLetterReplay>('deadLetterReplay', {
        ...options,
        args: [input],
        staticSummary: `send dead letters again: ${workflowId}`,
      });
      return { workflowId, runId: handle.firstExecutionRunId };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      throw new BronzeError(
        'USAGE',
        `the replay ${workflowId} is running already: wait for it, or end it with "temporal workflow cancel --workflow-id ${workflowId}"`,
      );
    }
  }

  /**
   * Waits for the end, and tells how far it is on the way. Gives `undefined` once the signal fires: the replay goes on.
   * Throws what it failed with, by its code.
   */
  async result(
    { workflowId, runId }: StartedReplay,
    signal: AbortSignal,
    onStatus: (status: ReplayStatus) => void,
  ): Promise<ReplayReport | undefined> {
    const handle = this.#client.workflow.getHandle<typeof deadLetterReplay>(workflowId, undefined, {
      firstExecutionRunId: runId,
    });
    let ended = false;
    const result = handle.result().finally(() => (ended = true));
    const interrupted = new Promise<undefined>((resolve) => {
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    const watch = async (): Promise<void> => {
      while (!ended && !signal.aborted) {
        // Nobody may be there to answer, for a while: what counts is the result.
        await this.#client
          .withDeadline(Date.now() + queryTimeoutMs, () => handle.query(replayProgressQuery))
          .then(onStatus, () => undefined);
        await Promise.race([result.catch(() => undefined), interrupted, delay(pollIntervalMs)]);
      }
    };
    void watch();
    try {
      return await Promise.race([result, interrupted]);
    } catch (error) {
      if (!(error instanceof WorkflowFailedError)) throw error;
      const { cause } = error;
      if (cause instanceof CancelledFailure || cause instanceof TerminatedFailure) {
        throw new BronzeError('JOB_NOT_RUNNING', `the replay ${workflowId} was ended before it was done`);
      }
      throw workflowFailure(error);
    }
  }
}
