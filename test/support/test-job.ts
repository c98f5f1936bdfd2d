import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection, WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import { expect } from 'vitest';
import { hasCaughtUp } from '../../src/cli/demo/demo-jobs.ts';
import type { JobDocument, JobInput, JobReference } from '../../src/model/job/job-input.ts';
import type { JobProgress } from '../../src/model/requests/job-progress.ts';
import { pathForTopic, type JobSpec } from '../../src/model/job/job-spec.ts';
import { loadJob } from '../../src/spec/load-job.ts';
import { JobClient } from '../../src/temporal/job-client.ts';
import { verifyJob } from '../../src/verify/verify-job.ts';
import type { VerifyReport } from '../../src/verify/verify-report.ts';
import { packagedJobsFolder } from '../../src/worker-settings.ts';
import type { TestKafka } from './kafka.ts';
import { temporalAddress } from './servers.ts';
import { untilTrue } from './until-true.ts';

const untilTimeoutMs = 180_000;
const isStarted = proto.temporal.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_STARTED;

/** Raw bronze columns, as the mission's tables have them. */
export const rawMetadata = {
  _raw_value: 'value',
  _kafka_partition: 'partition',
  _kafka_offset: 'offset',
  _kafka_timestamp: 'timestamp',
  _ingested_at: 'ingestedAt',
  _ingestion_date: 'ingestionDate',
} as const;

export interface TestJobOptions {
  readonly kafka: TestKafka;
  readonly topics: readonly string[];
  readonly lakeFolder: string;
  readonly taskQueue: string;
  /** Address of a Temporal of the test's own. */
  readonly temporal?: string;
  /** Merged over a raw bronze job. */
  readonly document?: JobDocument;
  readonly source?: JobDocument;
  /** A job of the jobs folder instead of a raw bronze job; topics, document and source are among its overrides. */
  readonly job?: string;
  /** The shipped jobs, unless another folder is named. */
  readonly jobsFolder?: string;
}

/** A job of a test's own, given to Temporal as a whole document, or by name with overrides. */
export class TestJob {
  /** The workflow's id. */
  readonly name: string;
  readonly spec: JobSpec;
  readonly input: JobInput;
  readonly jobs: JobClient;
  readonly client: Client;
  readonly #kafka: TestKafka;
  readonly taskQueue: string;
  readonly #connection: Connection;
  readonly #started = new Set<string>();

  private constructor(options: TestJobOptions, connection: Connection) {
    const { kafka, topics, lakeFolder } = options;
    this.name = `job-${randomUUID().slice(0, 8)}`;
    const places: JobDocument = {
      source: {
        bootstrapServers: kafka.bootstrapServers.join(','),
        topics: [...topics],
        startingOffsets: 'earliest',
        ...options.source,
      },
      trigger: '100 ms',
      table: { path: `${lakeFolder}/bronze_{topic}` },
      deadLetter: { path: `${lakeFolder}/dlq_{topic}` },
    };
    const rawBronze: JobDocument = {
      name: this.name,
      ...places,
      steps: { parse: { format: 'raw' }, metadata: rawMetadata },
      table: { path: `${lakeFolder}/bronze_{topic}`, partitionBy: ['_ingestion_date'] },
      ...options.document,
    };
    const byName = (job: string): JobReference => ({ job, overrides: { ...places, ...options.document } });
    this.input = options.job === undefined ? rawBronze : byName(options.job);
    this.spec = loadJob(this.input, { jobsFolder: options.jobsFolder ?? packagedJobsFolder, env: {} });
    this.#kafka = kafka;
    this.taskQueue = options.taskQueue;
    this.#connection = connection;
    this.client = new Client({ connection });
    // A worker that stands still for a while is not missing.
    this.jobs = new JobClient(this.client, { queryTimeoutMs: 120_000 });
  }

  static async create(options: TestJobOptions): Promise<TestJob> {
    return new TestJob(
      options,
      await Connection.connect({ address: options.temporal ?? temporalAddress(), connectTimeout: '2 minutes' }),
    );
  }

  get handle(): WorkflowHandle {
    return this.client.workflow.getHandle(this.name);
  }

  /** Gives the id of the first run. */
  async start(workflowId: string = this.name): Promise<string> {
    const { runId } = await this.jobs.start(this.input, { workflowId, taskQueue: this.taskQueue });
    this.#started.add(workflowId);
    return runId;
  }

  tableOf(topic: string): string {
    return pathForTopic(this.spec.table.path, topic);
  }

  deadLettersOf(topic: string): string {
    return pathForTopic(this.spec.deadLetter.path, topic);
  }

  /** Polls the job until the condition holds; queries fail while no worker is there, so they are bounded. */
  async until(
    condition: (progress: JobProgress) => boolean | Promise<boolean>,
    workflowId = this.name,
  ): Promise<JobProgress> {
    const deadline = Date.now() + untilTimeoutMs;
    let last: JobProgress | undefined;
    while (Date.now() < deadline) {
      const handle = this.client.workflow.getHandle(workflowId);
      // One that were left alone would be tried again by the client when its connection is closed, and throw for all to see.
      last = await this.client
        .withDeadline(Date.now() + 10_000, () => handle.query<JobProgress>('progress'))
        .catch(() => undefined);
      if (last && (await condition(last))) return last;
      await delay(50);
    }
    throw new Error(
      `condition not met within ${String(untilTimeoutMs / 1000)} s; the job was last seen as ${JSON.stringify(last, null, 2)}`,
    );
  }

  /**
   * Until a worker has taken up this activity of a batch, which it cannot end while the test holds up what it needs. The
   * batch may not have begun yet.
   */
  async untilWorkingOn(activity: string, batchId: string): Promise<void> {
    await untilTrue(async () => {
      const batch = await this.client.workflow
        .getHandle(batchId)
        .describe()
        .catch((error: unknown) => {
          if (!(error instanceof WorkflowNotFoundError)) throw error;
        });
      const pending = batch?.raw.pendingActivities?.find(({ activityType }) => activityType?.name === activity);
      return pending !== undefined && (pending.state === isStarted || (pending.attempt ?? 1) > 1);
    });
  }

  async untilCaughtUp(): Promise<JobProgress> {
    return this.until((progress) => hasCaughtUp(this.#kafka.reader, this.spec, progress));
  }

  /** All topics of the job unless some are named. */
  async verify(topics?: readonly string[]): Promise<VerifyReport> {
    return verifyJob({ spec: this.spec, kafka: this.#kafka.reader, ...(topics === undefined ? {} : { topics }) });
  }

  /** Fails with the differences unless tables and Kafka agree offset by offset on so many records, and outputs are proven. */
  async expectVerified(records: number): Promise<VerifyReport> {
    const report = await this.verify();
    expect(report.differences).toEqual([]);
    expect(report.comparedRecords).toBe(records);
    for (const { outputs } of report.topics) {
      for (const output of outputs) expect(output).toMatchObject({ verdict: 'same' });
    }
    return report;
  }

  async close(): Promise<void> {
    // Tests also start jobs by other means, under the job's own id.
    for (const id of new Set([this.name, ...this.#started]))
      await this.client.workflow
        .getHandle(id)
        .terminate('test ended')
        .catch(() => undefined);
    await this.#connection.close();
  }
}
