import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { BronzeError, errorMessage } from '../../src/errors.ts';
import type { ErrorCode } from '../../src/model/error-code.ts';
import type { JobDocument } from '../../src/model/job/job-input.ts';
import type { JobProgress } from '../../src/model/requests/job-progress.ts';
import { JobClient } from '../../src/temporal/job-client.ts';

/** What a job must never come to, whatever was done to it. */
export class ChaosFailure extends Error {}

/** A job of a scenario, as its operator deals with it. */
export class JobDriver {
  readonly name: string;
  readonly jobs: JobClient;
  readonly client: Client;
  /** Why a lane or a run may stop, for what was done to the job on purpose. */
  readonly tolerated = new Set<ErrorCode>();
  readonly #document: JobDocument;
  readonly #taskQueue: string;
  readonly #connection: Connection;

  private constructor(connection: Connection, name: string, document: JobDocument, taskQueue: string) {
    this.name = name;
    this.#document = document;
    this.#taskQueue = taskQueue;
    this.#connection = connection;
    this.client = new Client({ connection });
    this.jobs = new JobClient(this.client, { queryTimeoutMs: 5000 });
  }

  static async connect(options: {
    readonly address: string;
    readonly name: string;
    readonly document: JobDocument;
    readonly taskQueue: string;
  }): Promise<JobDriver> {
    const connection = await Connection.connect({ address: options.address, connectTimeout: '1 minute' });
    return new JobDriver(connection, options.name, options.document, options.taskQueue);
  }

  /** Starts the job unless it runs. */
  async ensureStarted(workflowId = this.name, document = this.#document): Promise<void> {
    try {
      await this.jobs.start(document, { workflowId, taskQueue: this.#taskQueue });
    } catch (error) {
      if (!(error instanceof BronzeError && error.code === 'USAGE')) throw error;
    }
  }

  /** Another job on the same tables. */
  documentNamed(name: string): JobDocument {
    return { ...this.#document, name };
  }

  async terminate(workflowId = this.name): Promise<void> {
    await this.client.workflow
      .getHandle(workflowId)
      .terminate('chaos')
      .catch(() => undefined);
  }

  /** `undefined` while nobody answers. */
  async progress(): Promise<JobProgress | undefined> {
    return this.jobs.progress(this.name).catch(() => undefined);
  }

  async isRunning(): Promise<boolean> {
    const description = await this.client.workflow
      .getHandle(this.name)
      .describe()
      .catch(() => undefined);
    return description === undefined || description.status.name === 'RUNNING';
  }

  /**
   * Looks at the job. What stopped for a tolerated reason is started again.
   * @throws ChaosFailure where something stopped for another one.
   */
  async look(): Promise<JobProgress | undefined> {
    const progress = await this.progress();
    const failed = progress?.lanes.filter(({ state }) => state === 'failed') ?? [];
    for (const { topic, error } of failed) {
      if (error && !this.tolerated.has(error.code)) {
        throw new ChaosFailure(`the lane of ${topic} stopped: ${error.code}: ${error.message}`);
      }
    }
    // What another run has taken over it never gives back.
    if (failed.some(({ error }) => error?.code === 'LANE_FENCED')) await this.terminate();
    if (!(await this.isRunning())) await this.ensureStarted();
    else if (failed.length > 0) await this.jobs.resume(this.name).catch(() => undefined);
    return progress;
  }

  /**
   * For as long as batches are committed, and so long after the last one.
   * @throws ChaosFailure with what was seen last.
   */
  async until(
    what: string,
    timeoutMs: number,
    condition: (progress: JobProgress) => boolean | Promise<boolean>,
  ): Promise<JobProgress> {
    let deadline = Date.now() + timeoutMs;
    let last: JobProgress | undefined;
    while (Date.now() < deadline) {
      const seen = await this.look();
      if (seen && last && batchesOf(seen) !== batchesOf(last)) deadline = Date.now() + timeoutMs;
      last = seen ?? last;
      if (last && (await condition(last))) return last;
      await delay(300);
    }
    const status = await this.jobs.status(this.name).catch((error: unknown) => errorMessage(error));
    throw new ChaosFailure(
      `not ${what}, and no batch for ${String(timeoutMs / 1000)} s: ${JSON.stringify(status, null, 1)}`,
    );
  }

  /** The newest workflows of the job, for whoever looks for the cause. */
  async saveHistories(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    const query = `WorkflowId STARTS_WITH '${this.name}'`;
    let rest = 40;
    for await (const { workflowId, runId } of this.client.workflow.list({ query })) {
      if (rest-- === 0) break;
      const history = await this.client.workflow.getHandle(workflowId, runId).fetchHistory();
      const file = `${workflowId.replaceAll('/', '_')}.${runId}.json`;
      await writeFile(join(folder, file), historyToJSON(history));
    }
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}

function batchesOf({ lanes }: JobProgress): number {
  return lanes.reduce((sum, { totals }) => sum + totals.batches, 0);
}
