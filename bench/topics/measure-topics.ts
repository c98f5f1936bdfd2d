import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Producer } from 'kafkajs';
import { openKafkaJs, requestRetry } from '../../src/kafka/kafkajs-client.ts';
import { sendAll } from '../../src/kafka/send-all.ts';
import type { JobProgress } from '../../src/model/requests/job-progress.ts';
import { createTopics } from '../../src/samples/create-topics.ts';
import { withClient } from '../../src/temporal/client.ts';
import { temporalConnectionOptions } from '../../src/temporal/connection.ts';
import { JobClient } from '../../src/temporal/job-client.ts';
import { listeningProcess } from '../listening-process.ts';
import { watchProcessTree } from '../process-tree.ts';
import { startMeasuredWorker, type MeasuredWorker } from './measured-worker.ts';
import { describeRuns } from './job-runs.ts';

export interface TopicsSize {
  readonly topics: number;
  readonly partitions: number;
  /** Rounds of one record for each topic after the first batches. */
  readonly rounds: number;
  /** Goes on with rounds for so long. */
  readonly soakMinutes: number;
}

interface Servers {
  readonly bootstrapServers: string;
  readonly temporalAddress: string;
}

/** Of each topic partition, before the job starts. */
const firstRecords = 3;
const idleSeconds = 20;
const toldEveryMs = 30_000;

/** Runs one job over many topics, and prints what its start, its batches and its rest take. */
export async function measureTopics(size: TopicsSize, servers: Servers): Promise<void> {
  const { bootstrapServers, temporalAddress } = servers;
  const prefix = `topics_${randomUUID().slice(0, 8)}`;
  const topics = Array.from({ length: size.topics }, (_, index) => `${prefix}_${String(index)}`);
  const folder = await mkdtemp(join(tmpdir(), 'kafka-bronze-topics-'));
  const kafka = openKafkaJs({ bootstrapServers: bootstrapServers.split(',') });
  const admin = kafka.admin({ retry: requestRetry });
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    retry: requestRetry,
    allowAutoTopicCreation: false,
    metadataMaxAge: 100,
  });
  await Promise.all([admin.connect(), producer.connect()]);
  await createTopics(
    admin,
    topics.map((name) => ({ name, partitions: size.partitions })),
  );
  await sendToAll(producer, topics, size.partitions, firstRecords);
  const worker = await startMeasuredWorker({ taskQueue: prefix, temporalAddress });
  try {
    await withClient(temporalConnectionOptions({ TEMPORAL_ADDRESS: temporalAddress }), async (client) => {
      await measureJob({ ...size, ...servers, prefix, topicNames: topics, folder, client, worker, producer });
      await client.workflow
        .getHandle(prefix)
        .terminate('measured')
        .catch(() => undefined);
    });
  } finally {
    await worker.end();
    await admin.deleteTopics({ topics, timeout: 60_000 });
    await Promise.all([admin.disconnect(), producer.disconnect()]);
    await rm(folder, { recursive: true, force: true });
  }
}

interface Run extends TopicsSize, Servers {
  readonly prefix: string;
  readonly topicNames: readonly string[];
  readonly folder: string;
  readonly client: Client;
  readonly worker: MeasuredWorker;
  readonly producer: Producer;
}

async function measureJob(run: Run): Promise<void> {
  const { client, prefix, folder, topicNames } = run;
  const jobs = new JobClient(client, { queryTimeoutMs: 120_000 });
  const startedAt = performance.now();
  await jobs.start(
    {
      name: prefix,
      source: { bootstrapServers: run.bootstrapServers, topicPattern: `${prefix}_.*`, startingOffsets: 'earliest' },
      trigger: '1 ms',
      steps: { parse: { format: 'raw' }, metadata: { _raw_value: 'value', _kafka_offset: 'offset' } },
      table: { path: `${folder}/bronze_{topic}` },
      deadLetter: { path: `${folder}/dlq_{topic}` },
    },
    { workflowId: prefix, taskQueue: prefix },
  );
  const until = async (what: string, isMet: (progress: JobProgress) => boolean): Promise<JobProgress> => {
    for (;;) {
      const progress = await jobs.progress(prefix);
      if (isMet(progress)) {
        say(`${what}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
        return progress;
      }
      await delay(250);
    }
  };
  const count = topicNames.length;
  await until(
    'all lanes open',
    ({ lanes }) => lanes.length === count && lanes.every(({ state }) => state !== 'opening'),
  );
  const totalRows = (progress: JobProgress): number => progress.lanes.reduce((sum, { totals }) => sum + totals.rows, 0);
  let expected = count * run.partitions * firstRecords;
  let progress = await until('all records committed', (now) => totalRows(now) === expected);
  await tellSizes(run, progress);
  await tellIdle(run);
  for (let round = 0; round < run.rounds; round += 1) {
    await sendToAll(run.producer, topicNames, 1, 1);
    expected += count;
    progress = await until(`round ${String(round + 1)}`, (now) => totalRows(now) >= expected);
  }
  if (run.rounds > 0) await tellSizes(run, progress);
  const soakUntil = Date.now() + run.soakMinutes * 60_000;
  let lastTold = 0;
  let rounds = 0;
  while (Date.now() < soakUntil) {
    await sendToAll(run.producer, topicNames, 1, 1);
    expected += count;
    rounds += 1;
    const asked = performance.now();
    do await delay(20);
    while (totalRows((progress = await jobs.progress(prefix))) < expected);
    const took = performance.now() - asked;
    if (Date.now() - lastTold < toldEveryMs) continue;
    lastTold = Date.now();
    const { lastBatch } = progress.lanes[0] ?? {};
    say(
      `soak round ${String(rounds)}: ${took.toFixed(0)} ms, batch ${String(lastBatch?.batch)} took ${String(lastBatch?.durationMs)} ms; ${await standing(run)}`,
    );
  }
  if (run.soakMinutes > 0) await tellSizes(run, progress);
  const stoppedAt = performance.now();
  await jobs.stop(prefix);
  say(`stopped in ${((performance.now() - stoppedAt) / 1000).toFixed(1)} s`);
}

async function standing({ worker }: Run): Promise<string> {
  const sample = await worker.sample();
  const mb = (bytes: number): string => (bytes / 1024 / 1024).toFixed(0);
  return (
    `worker rss ${mb(sample.rssBytes)} MB heap ${mb(sample.heapBytes)} MB fds ${String(sample.openFiles)} cpu ${sample.cpuSeconds.toFixed(0)} s; ` +
    `cached workflows ${String(await worker.metric('temporal_sticky_cache_size'))}, ` +
    `slots ${JSON.stringify(await worker.metricBy('temporal_worker_task_slots_used', 'worker_type'))}`
  );
}

async function tellSizes(run: Run, progress: JobProgress): Promise<void> {
  const { worker, client, prefix } = run;
  say(`progress: ${String(JSON.stringify(progress).length)} bytes`);
  for (const line of await describeRuns(client, prefix)) say(line);
  for (const type of ['ingestionJob', 'microBatch']) {
    const label = `workflow_type="${type}"`;
    const [tasks, ms] = await Promise.all([
      worker.metric('temporal_workflow_task_execution_latency_count', label),
      worker.metric('temporal_workflow_task_execution_latency_sum', label),
    ]);
    say(`${type}: ${String(tasks)} workflow tasks of ${(ms / tasks).toFixed(1)} ms on average`);
  }
  say(await standing(run));
}

/** Requests and CPU time while there is nothing to do. */
async function tellIdle(run: Run): Promise<void> {
  const { worker } = run;
  await delay(8000); // Lanes look at their topics more often at first.
  const servers = [run.bootstrapServers, run.temporalAddress].map((address) => {
    const pid = listeningProcess(Number(address.split(':').at(-1)));
    return pid === undefined ? undefined : watchProcessTree(pid);
  });
  const [before, requestsBefore] = await Promise.all([
    worker.sample(),
    worker.metricBy('temporal_request', 'operation'),
  ]);
  await delay(idleSeconds * 1000);
  const [after, requestsAfter] = await Promise.all([worker.sample(), worker.metricBy('temporal_request', 'operation')]);
  const [kafkaCpu = 0, temporalCpu = 0] = servers.map((watch) => watch?.stop().cpuSeconds ?? 0);
  const perSecond = (a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): string =>
    Object.entries(a)
      .map(([name, value]) => `${name} ${((value - (b[name] ?? 0)) / idleSeconds).toFixed(1)}`)
      .join(', ');
  const share = (seconds: number): string => `${((100 * seconds) / idleSeconds).toFixed(0)} %`;
  say(`idle, requests to Kafka per second: ${perSecond(after.kafkaRequests, before.kafkaRequests)}`);
  say(`idle, requests to Temporal per second: ${perSecond(requestsAfter, requestsBefore)}`);
  say(
    `idle, of a core: worker ${share(after.cpuSeconds - before.cpuSeconds)}, Kafka ${share(kafkaCpu)}, Temporal ${share(temporalCpu)}`,
  );
}

async function sendToAll(
  producer: Producer,
  topics: readonly string[],
  partitions: number,
  records: number,
): Promise<void> {
  for (let from = 0; from < topics.length; from += 50) {
    await sendAll(producer, {
      topicMessages: topics.slice(from, from + 50).map((topic) => ({
        topic,
        messages: Array.from({ length: partitions * records }, (_, index) => ({
          partition: index % partitions,
          value: `{"n":${String(index)}}`,
        })),
      })),
    });
  }
}

function say(line: string): void {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
}
