import { Client, Connection } from '@temporalio/client';
import type { KafkaReader } from '../../kafka/kafka-reader.ts';
import type { JobProgress } from '../../model/requests/job-progress.ts';
import type { JobSpec } from '../../model/job/job-spec.ts';
import type { TemporalConnectionOptions } from '../../temporal/connection.ts';
import { JobClient } from '../../temporal/job-client.ts';
import { retryingActivities, type RetryingActivity } from '../../temporal/retrying-activities.ts';
import { defaultTaskQueue } from '../../temporal/task-queue.ts';

/** The sample jobs as the demo drives them, through Temporal as anybody else would. */
export class DemoJobs {
  readonly specs: readonly JobSpec[];
  #connection: Connection;
  #client: Client;
  #jobs: JobClient;

  private constructor(connection: Connection, namespace: string, specs: readonly JobSpec[]) {
    this.specs = specs;
    this.#connection = connection;
    this.#client = new Client({ connection, namespace });
    this.#jobs = new JobClient(this.#client);
  }

  /** Starts every job; one that an earlier run left behind is replaced, which the tables' epochs make safe. */
  static async start(temporal: TemporalConnectionOptions, specs: readonly JobSpec[]): Promise<DemoJobs> {
    const connection = await Connection.connect(temporal.connectionOptions);
    const jobs = new DemoJobs(connection, temporal.namespace, specs);
    for (const { name } of specs) {
      await jobs.#client.workflow
        .getHandle(name)
        .terminate('replaced by a new start')
        .catch(() => undefined);
      await jobs.#jobs.start(name, { workflowId: name, taskQueue: defaultTaskQueue });
    }
    return jobs;
  }

  /** Without jobs that do not answer just now. */
  async progress(): Promise<readonly JobProgress[]> {
    const answers = await Promise.allSettled(this.specs.map(({ name }) => this.#jobs.progress(name)));
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  }

  /** What the jobs wait for; asks more of Temporal than `progress` does. */
  async retrying(): Promise<readonly RetryingActivity[]> {
    const answers = await Promise.allSettled(this.specs.map(({ name }) => retryingActivities(this.#client, name)));
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  }

  /** Lets the running micro-batches commit and the jobs end. */
  async stop(): Promise<readonly JobProgress[]> {
    const answers = await Promise.allSettled(this.specs.map(({ name }) => this.#jobs.stop(name)));
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}

/** Do the lanes stand at or beyond the end of their topics? */
export async function hasCaughtUp(kafka: KafkaReader, spec: JobSpec, progress: JobProgress): Promise<boolean> {
  for (const { topic, positions } of progress.lanes) {
    const ends = await kafka.listOffsets(topic, { at: 'latest', isolation: spec.source.isolationLevel });
    const reached = new Map(positions.map(({ partition, offset }) => [partition, BigInt(offset)]));
    for (const [partition, end] of ends) if ((reached.get(partition) ?? -1n) < end) return false;
  }
  return progress.lanes.length > 0;
}
