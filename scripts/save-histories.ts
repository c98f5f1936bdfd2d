/**
 * Records the histories that `test/workflows/replay.test.ts` replays: jobs, micro-batches, alerts and replays in every way
 * in which they can end, on servers of its own. Run it (`npm run save-histories`) for a new version; keep what older
 * versions left behind. Arguments name single recordings, such as `recordReplay`.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { newTableActions } from '../src/delta/new-table.ts';
import type { JobDocument } from '../src/model/job/job-input.ts';
import type { JobProgress } from '../src/model/requests/job-progress.ts';
import { field, struct } from '../src/model/table/table-schema.ts';
import { logTo } from '../src/stack/progress.ts';
import { projectRoot } from '../src/stack/project-root.ts';
import { startStack } from '../src/stack/start-stack.ts';
import { openObjectStore } from '../src/storage/open-object-store.ts';
import { temporalConnectionOptions } from '../src/temporal/connection.ts';
import { JobClient } from '../src/temporal/job-client.ts';
import { startWorker } from '../src/worker.ts';
import { packagedJobsFolder } from '../src/worker-settings.ts';
import { commitActions } from '../test/support/delta-table.ts';
import { TestKafka } from '../test/support/kafka.ts';
import { numbered } from '../test/support/messages.ts';
import { untilTrue } from '../test/support/until-true.ts';
import { neutralHistory, type Replacements } from './neutral-history.ts';

const target = join(projectRoot, 'test', 'workflows', 'histories');
const taskQueue = 'histories';
/** So that the job continues as new after some batches. */
const suggestedAtEvents = 130;

const folder = await mkdtemp(join(tmpdir(), 'kafka-bronze-histories-'));
const env = { ...process.env, TEMPORAL_DYNAMIC_CONFIG: `limit.historyCount.suggestContinueAsNew=${suggestedAtEvents}` };
const stack = await startStack({
  stateFolder: join(folder, 'stack'),
  use: 'isolated',
  env,
  log: logTo(process.stderr),
});
const temporal = temporalConnectionOptions({ TEMPORAL_ADDRESS: stack.addresses.temporal });
const connection = await Connection.connect(temporal.connectionOptions);
const kafka = await TestKafka.open(stack.addresses.kafka);
const worker = await startWorker({ temporal, taskQueue, jobsFolder: packagedJobsFolder, logLine: () => undefined });
const client = new Client({ connection });
const jobs = new JobClient(client);
const events = await kafka.createTopic({ partitions: 2 });
const misfit = await kafka.createTopic();

const replacements: Replacements = [
  [kafka.bootstrapServers.join(','), 'kafka:9092'],
  [`${String(process.pid)}@${hostname()}`, 'worker'],
  [join(folder, 'lake'), '/lake'],
  [projectRoot, '/app'],
  [events.name, 'events'],
  [misfit.name, 'misfit'],
];

try {
  await mkdir(target, { recursive: true });
  const recordings = { recordLongJob, recordAvailableNow, recordCancelled, recordInvalid, recordAlerts, recordReplay };
  const wanted = process.argv.slice(2);
  for (const [name, record] of Object.entries(recordings))
    if (wanted.length === 0 || wanted.includes(name)) await record();
} finally {
  await worker.stop();
  await kafka.close();
  await connection.close();
  await stack.stop({ discard: true });
  await rm(folder, { recursive: true, force: true });
}

function documentOf(name: string, topics: readonly string[], more: JobDocument = {}): JobDocument {
  const lake = join(folder, 'lake', name);
  return {
    name,
    source: { bootstrapServers: kafka.bootstrapServers.join(','), topics: [...topics], startingOffsets: 'earliest' },
    trigger: '50 ms',
    steps: {
      parse: { format: 'raw' },
      metadata: { _raw_value: 'value', _kafka_partition: 'partition', _kafka_offset: 'offset' },
    },
    table: { path: `${lake}/bronze_{topic}` },
    deadLetter: { path: `${lake}/dlq_{topic}` },
    ...more,
  };
}

/** Batches, dead letters, a failed lane, every message, a new partition, continue-as-new, a graceful stop. */
async function recordLongJob(): Promise<void> {
  const document = documentOf('long', [events.name, misfit.name], { withMetrics: true });
  const shape = newTableActions({ schema: struct(field('other', 'string')), partitionColumns: [] });
  await commitActions(openObjectStore(join(folder, 'lake', 'long', `bronze_${misfit.name}`)), undefined, shape);
  const { runId } = await jobs.start(document, { workflowId: 'long', taskQueue });
  const handle = client.workflow.getHandle('long');
  const rows = async (count: number): Promise<unknown> =>
    until('long', ({ lanes }) => lanes.some(({ topic, totals }) => topic === events.name && totals.rows === count));

  await events.send(...numbered(10, 2), { value: null }, { value: Buffer.from([0xff]) });
  await rows(10);
  await jobs.pause('long');
  await events.send(...numbered(10, 2, 10));
  await jobs.resume('long');
  await rows(20);
  await handle.signal('pause');
  await until('long', ({ lanes }) => lanes[0]?.state === 'paused');
  await handle.signal('resetCheckpoint', 'not a request');
  await handle.signal('resume');
  await jobs.reset('long', { to: 'earliest', rows: 'discard', topics: [events.name] });
  await rows(40);
  await events.growTo(3);
  await events.send(...numbered(9, 3, 40));
  await rows(49);
  let count = 49;
  while ((await runsOf(handle, runId)).length < 2) {
    await events.send(...numbered(4, 2, count));
    count += 4;
    await rows(count);
  }
  await handle.signal('gracefulStop');
  await handle.result();

  const runs = await runsOf(handle, runId);
  await save('ingestion-job.continued-as-new', runs[0]);
  await save('ingestion-job.stopped', runs[1]);
  await saveBatches(runs, ['committed', 'released', 'reopen']);
}

async function recordAvailableNow(): Promise<void> {
  const document = documentOf('available-now', [events.name], { trigger: 'availableNow' });
  await jobs.start(document, { workflowId: 'available-now', taskQueue });
  await jobs.result('available-now');
  await save('ingestion-job.available-now', client.workflow.getHandle('available-now'));
  await saveBatches([client.workflow.getHandle('available-now')], ['drained']);
}

async function recordCancelled(): Promise<void> {
  await jobs.start(documentOf('cancelled', [events.name]), { workflowId: 'cancelled', taskQueue });
  const handle = client.workflow.getHandle('cancelled');
  await until('cancelled', ({ lanes }) => (lanes[0]?.totals.rows ?? 0) > 0);
  await handle.cancel();
  await handle.result().catch(() => undefined);
  await save('ingestion-job.cancelled', handle);
}

async function recordInvalid(): Promise<void> {
  await jobs.start('no-such-job', { workflowId: 'invalid', taskQueue });
  await jobs.result('invalid').catch(() => undefined);
  await save('ingestion-job.invalid', client.workflow.getHandle('invalid'));
}

/** An alert that fires and resolves, a receiver that cannot be told, and the end of the job. */
async function recordAlerts(): Promise<void> {
  const alerts = [
    { name: 'Quiet', when: 'noDataFor > 1 second', level: 'info', notify: { webhook: '${NO_SUCH_VARIABLE}' } },
  ];
  await jobs.start(documentOf('alerts', [events.name], { alerts }), { workflowId: 'alerts', taskQueue });
  await untilTrue(async () => (await jobs.alerts('alerts')).length === 1);
  await jobs.stop('alerts');
  const watch = client.workflow.getHandle('alerts/alerts');
  await watch.result();
  await save('ingestion-job.with-alerts', client.workflow.getHandle('alerts'));
  await save('job-alerts.ended', watch);
}

/** A replay that sends, and one that cannot begin. */
async function recordReplay(): Promise<void> {
  const document = documentOf('replayed', [events.name], { trigger: 'availableNow' });
  await events.send({ value: Buffer.from([0xff]) }, { value: null });
  await jobs.start(document, { workflowId: 'replayed', taskQueue });
  await jobs.result('replayed');
  for (const [name, choice] of [
    ['sent', { all: true }],
    ['failed', { toTopic: 'no-such-topic', all: true, again: true }],
  ] as const) {
    const workflowId = `replay-${name}`;
    const args = [{ job: document, ...choice }];
    const replay = await client.workflow.start('deadLetterReplay', { workflowId, taskQueue, args });
    await replay.result().catch(() => undefined);
    await save(`dead-letter-replay.${name}`, replay);
  }
}

async function until(job: string, condition: (progress: JobProgress) => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition(await jobs.progress(job))) {
    if (Date.now() > deadline) throw new Error(`${job} did not get there within a minute`);
    await delay(50);
  }
}

/** The runs of a workflow id from the first on, each continued as the next. */
async function runsOf(handle: WorkflowHandle, firstRunId: string): Promise<WorkflowHandle[]> {
  const runs: WorkflowHandle[] = [];
  for (let runId: string | null | undefined = firstRunId; runId != null;) {
    const run: WorkflowHandle = client.workflow.getHandle(handle.workflowId, runId);
    runs.push(run);
    const history: History = await run.fetchHistory();
    runId = history.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  }
  return runs;
}

/** The first batch of a job that ended in each of these ways. */
async function saveBatches(runs: readonly WorkflowHandle[], kinds: readonly string[]): Promise<void> {
  const histories = await Promise.all(runs.map((run) => run.fetchHistory()));
  const happened = histories.flatMap(({ events: all }) => all ?? []);
  for (const kind of kinds) {
    const completed = happened.find(({ childWorkflowExecutionCompletedEventAttributes: child }) => {
      const payload = child?.result?.payloads?.[0];
      return payload && defaultPayloadConverter.fromPayload<{ kind: string }>(payload).kind === kind;
    });
    const { workflowId, runId } = completed?.childWorkflowExecutionCompletedEventAttributes?.workflowExecution ?? {};
    await save(`micro-batch.${kind}`, workflowId ? client.workflow.getHandle(workflowId, runId ?? '') : undefined);
  }
}

async function save(name: string, run: WorkflowHandle | undefined): Promise<void> {
  if (!run) throw new Error(`there is no run for ${name}`);
  const history = neutralHistory(await run.fetchHistory(), replacements);
  await writeFile(join(target, `${name}.json`), `${JSON.stringify(history, null, 1)}\n`);
  console.log(`saved ${name}`);
}
