import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { hasCaughtUp } from '../../src/cli/demo/demo-jobs.ts';
import { errorMessage } from '../../src/errors.ts';
import { SeededRandom } from '../../src/samples/seeded-random.ts';
import { loadJob } from '../../src/spec/load-job.ts';
import { packagedJobsFolder } from '../../src/worker-settings.ts';
import { TestKafka } from '../support/kafka.ts';
import { bucketAt } from '../support/s3.ts';
import { allFaults } from './faults/all-faults.ts';
import type { Fault } from './faults/fault.ts';
import { jobDocument } from './job-document.ts';
import { ChaosFailure, JobDriver } from './job-driver.ts';
import { openNetwork } from './network.ts';
import { checkOutcome } from './oracle/check-outcome.ts';
import { Producers, type ProducedTopic } from './producers.ts';
import { describeScenario, type Scenario } from './scenario.ts';
import { Timeline } from './timeline.ts';
import { WorkerFleet } from './workers.ts';
import type { ChaosServers, World } from './world.ts';

/** Without a sign of life. A machine that does other things besides is slow. */
const drainTimeoutMs = 180_000;

export interface ScenarioOptions {
  readonly servers: ChaosServers;
  /** Tables, logs and histories are left here. */
  readonly folder: string;
  readonly faultsForMs: number;
  /** Only faults with one of these words in their names. */
  readonly only: readonly string[];
}

export interface ScenarioOutcome {
  /** What is wrong; nothing where all is well. */
  readonly problems: readonly string[];
  readonly timeline: Timeline;
}

/** Runs a job through its faults, lets all of them end, and looks at what is left. */
export async function runScenario(scenario: Scenario, options: ScenarioOptions): Promise<ScenarioOutcome> {
  await mkdir(options.folder, { recursive: true });
  const timeline = new Timeline(join(options.folder, 'timeline.txt'));
  timeline.note(describeScenario(scenario));
  const kafka = await TestKafka.open(options.servers.addresses.kafka);
  const problems: string[] = [];
  await using ends = new AsyncDisposableStack();
  ends.defer(() => kafka.close());
  const { world, lake } = await openWorld(scenario, options, { kafka, timeline, ends });
  try {
    await world.job.ensureStarted();
    await wreak(world, options);
    await settle(world);
    problems.push(...(await checkOutcome(world, lake, options.folder)));
  } catch (error) {
    problems.push(error instanceof ChaosFailure ? error.message : `the harness failed: ${stackOf(error)}`);
  }
  for (const problem of problems) timeline.note(`PROBLEM ${problem}`);
  await writeFile(join(options.folder, 'workers.log'), world.workers.output());
  if (problems.length > 0) {
    await world.job.saveHistories(join(options.folder, 'histories')).catch((error: unknown) => {
      timeline.note(`the histories were not saved: ${errorMessage(error)}`);
    });
  }
  return { problems, timeline };
}

async function openWorld(
  scenario: Scenario,
  { servers, folder }: ScenarioOptions,
  { kafka, timeline, ends }: { kafka: TestKafka; timeline: Timeline; ends: AsyncDisposableStack },
): Promise<{ readonly world: World; readonly lake: string }> {
  const { seed } = scenario;
  const name = `chaos-${String(seed)}-${randomUUID().slice(0, 8)}`;
  const network = await openNetwork(servers.addresses, scenario.storage === 's3');
  ends.defer(() => network.close());
  const topics: ProducedTopic[] = [];
  for (let index = 0; index < scenario.topics; index += 1) {
    const { partitions } = scenario;
    topics.push({ name: (await kafka.createTopic({ partitions })).name, partitions });
  }
  const lake = scenario.storage === 's3' ? await newBucket(name) : join(folder, 'lake');
  const document = jobDocument(scenario, {
    ...{ name, lake, topics: topics.map((topic) => topic.name) },
    bootstrapServers: network.kafka.address,
    checkpointPath: join(folder, 'offsets'),
  });
  await writeFile(join(folder, 'job.json'), JSON.stringify(document, null, 2));
  const { temporal: address = '' } = servers.addresses;
  const job = await JobDriver.connect({ address, name, document, taskQueue: name });
  ends.defer(() => job.close());
  ends.defer(() => job.terminate());
  const workers = await WorkerFleet.start({
    ...{ taskQueue: name, mark: name, count: scenario.workers },
    env: {
      TEMPORAL_ADDRESS: network.temporal.address,
      ...(network.s3 ? { S3_ENDPOINT: `http://${network.s3.tcp.address}` } : {}),
    },
  });
  ends.defer(() => workers.end());
  const producers = new Producers(
    { bootstrapServers: kafka.bootstrapServers, topics, seed, timeline, repeats: scenario.deduplicates },
    scenario.transactionalProducers,
  );
  ends.defer(() => producers.stop());
  const spec = loadJob(document, { jobsFolder: packagedJobsFolder, env: {} });
  return {
    lake,
    world: {
      ...{ scenario, timeline, servers, network, kafka, topics, producers, workers, job, spec },
      ...{ background: new Set(), keptResets: 0, isPaused: false, isResetting: false },
    },
  };
}

async function newBucket(name: string): Promise<string> {
  await bucketAt(name).clients.data.send(new CreateBucketCommand({ Bucket: name }));
  return `s3://${name}/lake`;
}

/** One fault after the other; some go on while others begin. */
async function wreak(world: World, { faultsForMs, only }: ScenarioOptions): Promise<void> {
  const chosen = allFaults.filter(({ name }) => only.length === 0 || only.some((word) => name.includes(word)));
  await world.job.until('begun', drainTimeoutMs, ({ lanes }) => lanes.some(({ totals }) => totals.batches > 0));
  const deadline = Date.now() + faultsForMs;
  for (let step = 1; Date.now() < deadline; step += 1) {
    const random = new SeededRandom(world.scenario.seed, step);
    const fault = drawFault(chosen, random);
    // Drawn before it is known whether it applies, so that the next steps are the same either way.
    if (fault.applies?.(world) === false) continue;
    await fault.run(world, random).catch((error: unknown) => {
      if (error instanceof ChaosFailure) throw error;
      world.timeline.note(`${fault.name}: ${errorMessage(error)}`);
    });
    await delay(random.int(3000));
    await world.job.look();
  }
}

function drawFault(faults: readonly Fault[], random: SeededRandom): Fault {
  let rest = random.int(faults.reduce((sum, { weight }) => sum + weight, 0));
  const drawn = faults.find(({ weight }) => (rest -= weight) < 0);
  if (drawn) return drawn;
  throw new Error('there are no such faults');
}

/** Everything is well again: the job has to come to the end of its topics, and to a stop, leaving nothing behind. */
async function settle(world: World): Promise<void> {
  const { job, workers, network, producers, timeline, kafka, spec } = world;
  timeline.note('no more faults');
  network.heal();
  await producers.stop();
  timeline.note(`producers have sent ${String(producers.sent.size)} records`);
  await Promise.race([Promise.all(world.background), delay(drainTimeoutMs, undefined, { ref: false })]);
  if (world.background.size > 0) throw new ChaosFailure('what was asked of the job was not answered');
  await job.jobs.resume(job.name).catch(() => undefined);
  await job.until('caught up', drainTimeoutMs, async (progress) => {
    for (const { name } of world.topics) {
      const stable = await kafka.reader.listOffsets(name, { at: 'latest', isolation: 'read_committed' });
      const ends = await kafka.reader.listOffsets(name, { at: 'latest', isolation: 'read_uncommitted' });
      if ([...ends].some(([partition, end]) => stable.get(partition) !== end)) return false;
    }
    return hasCaughtUp(kafka.reader, spec, progress);
  });
  timeline.note('caught up');
  const stopped = await Promise.race([job.jobs.stop(job.name), delay(60_000, undefined, { ref: false })]);
  if (!stopped) throw new ChaosFailure('the job does not stop');
  for (const worker of [...workers.all]) {
    const code = await Promise.race([workers.stop(worker), delay(60_000, 'late' as const, { ref: false })]);
    if (code !== 0) throw new ChaosFailure(`worker ${String(worker.pid)} ended with ${String(code)}`);
  }
  for (let looks = 0; (await workers.remains()).length > 0; looks += 1) {
    if (looks > 60) throw new ChaosFailure(`processes ${(await workers.remains()).join(', ')} are left`);
    await delay(500);
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
