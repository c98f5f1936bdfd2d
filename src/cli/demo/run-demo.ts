import { BronzeError } from '../../errors.ts';
import type { KafkaReader } from '../../kafka/kafka-reader.ts';
import { openKafka } from '../../kafka/open-kafka.ts';
import type { JobProgress } from '../../model/requests/job-progress.ts';
import { createTopicsAt } from '../../samples/create-topics.ts';
import { produceSamples } from '../../samples/producer.ts';
import type { JobSpec } from '../../model/job/job-spec.ts';
import { loadJob } from '../../spec/load-job.ts';
import { startStack, type RunningStack } from '../../stack/start-stack.ts';
import { minioEnvironment } from '../../stack/minio-server.ts';
import { runningServers } from '../../stack/running-servers.ts';
import { temporalConnectionOptions } from '../../temporal/connection.ts';
import { installRuntime } from '../../temporal/runtime.ts';
import { verifyJob } from '../../verify/verify-job.ts';
import type { VerifyReport } from '../../verify/verify-report.ts';
import { packagedJobsFolder } from '../../worker-settings.ts';
import { startWorker } from '../../worker.ts';
import { serversFor } from '../local-store.ts';
import { DemoJobs, hasCaughtUp } from './demo-jobs.ts';
import { topicsOf, type DemoOptions } from './demo-options.ts';
import { DemoRun, type DemoEnvironment } from './demo-run.ts';

export interface DemoResult {
  readonly interrupted: boolean;
  readonly produced: number;
  readonly jobs: readonly JobProgress[];
  readonly reports: readonly VerifyReport[];
  /** From the first sample to the last commit. */
  readonly ingestMs: number;
  /** Servers that it started end with it. */
  readonly stopsServers: boolean;
}

/** The sample jobs' own intervals are for production; a person who tries this wants to see something soon. */
const demoTriggerInterval = '2 seconds';

/** Servers, producers, a worker and the sample jobs, from nothing to a verified lake. */
export async function runDemo(options: DemoOptions, demo: DemoEnvironment): Promise<DemoResult> {
  const wasUp = await anyServerUp(demo);
  const specs = loadSpecs(options, demo.env);
  const servers = serversFor(specs, demo.env);
  const stack = await startStack({ stateFolder: demo.stateFolder, servers, env: demo.env, log: demo.logLine });
  // The store is reached as this process's environment says, and so by its engine processes.
  const { s3, s3Console } = stack.addresses;
  if (s3 !== undefined && s3Console !== undefined) Object.assign(process.env, minioEnvironment(s3, demo.env));
  try {
    const stopsServers = !wasUp && (await anyServerUp(demo));
    return { ...(await runOnStack(options, demo, stack)), stopsServers };
  } finally {
    if (!wasUp) await stack.stop();
  }
}

async function anyServerUp({ stateFolder }: DemoEnvironment): Promise<boolean> {
  return Object.values(await runningServers(stateFolder)).some(Boolean);
}

async function runOnStack(
  options: DemoOptions,
  demo: DemoEnvironment,
  stack: RunningStack,
): Promise<Omit<DemoResult, 'stopsServers'>> {
  const { kafka, temporal: temporalAddress, registry } = stack.addresses;
  if (kafka === undefined || temporalAddress === undefined)
    throw new BronzeError('SERVER_NOT_READY', 'the stack has no address');
  const env = {
    TRIGGER_INTERVAL: demoTriggerInterval,
    ...demo.env,
    KAFKA_BOOTSTRAP_SERVERS: kafka,
    ...(registry === undefined ? {} : { SCHEMA_REGISTRY_URL: registry }),
  };
  const temporal = temporalConnectionOptions(demo.env, temporalAddress);
  const specs = loadSpecs(options, env);
  await createTopicsAt(kafka.split(','), topicsOf(options.jobs));
  const meter = installRuntime(demo.logLine, demo.metrics);
  const worker = await startWorker({ temporal, env, jobsFolder: packagedJobsFolder, logLine: demo.logLine, meter });
  const reader = openKafka({ bootstrapServers: kafka.split(',') });
  const end = new AbortController();
  const ending = AbortSignal.any([demo.signal, end.signal]);
  try {
    const jobs = await DemoJobs.start(temporal, specs);
    try {
      const view = new DemoRun(options, demo, stack, jobs);
      const producing = produceSamples({
        bootstrapServers: kafka.split(','),
        topics: topicsOf(options.jobs),
        seed: options.seed,
        // From the first event on again, all of them would be late for the windows of an earlier run.
        firstIndex: 'end',
        signal: ending,
        onProgress: ({ records }) => view.produced(records),
        ...(options.records === undefined ? {} : { records: options.records }),
        ...(options.ratePerSecond === undefined ? {} : { ratePerSecond: options.ratePerSecond }),
      });
      const produced = producing.then((done) => view.endProduction(done.records));
      const watching = view.watch(ending, async (progress) => {
        if (options.records === undefined || !view.allProduced) return false;
        const caughtUp = await Promise.all(
          specs.map(async (spec) => {
            const own = progress.find(({ job }) => job === spec.name);
            return own !== undefined && hasCaughtUp(reader, spec, own);
          }),
        );
        return caughtUp.every(Boolean);
      });
      await Promise.race([watching, untilFailure(produced)]);
      const ingestMs = view.elapsedMs;
      end.abort();
      const [production, stopped] = await view.during('stopping', Promise.all([produced, jobs.stop()]));
      const reports = demo.signal.aborted ? [] : await view.during('verifying', verifyJobs(specs, reader));
      return { interrupted: demo.signal.aborted, produced: production, jobs: stopped, reports, ingestMs };
    } finally {
      await jobs.close();
    }
  } finally {
    end.abort();
    await reader.close();
    await worker.stop();
  }
}

/** Never resolves; rejects as the work does. */
function untilFailure(work: Promise<unknown>): Promise<never> {
  return work.then(() => new Promise<never>(() => undefined));
}

async function verifyJobs(specs: readonly JobSpec[], kafka: KafkaReader): Promise<readonly VerifyReport[]> {
  const reports: VerifyReport[] = [];
  for (const spec of specs) reports.push(await verifyJob({ spec, kafka }));
  return reports;
}

function loadSpecs({ jobs }: DemoOptions, env: NodeJS.ProcessEnv): readonly JobSpec[] {
  return jobs.map((job) => loadJob(job, { jobsFolder: packagedJobsFolder, env }));
}
