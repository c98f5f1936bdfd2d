import { tracingChannel } from 'node:diagnostics_channel';
import { readdirSync } from 'node:fs';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { temporalConnectionOptions } from '../../src/temporal/connection.ts';
import { startWorker } from '../../src/worker.ts';
import { packagedJobsFolder } from '../../src/worker-settings.ts';

/** How a worker's own process stands, and what it has done since it was started; its engine processes are not in it. */
export interface WorkerSample {
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly openFiles: number;
  /** Requests to Kafka by the name of their API. */
  readonly kafkaRequests: Readonly<Record<string, number>>;
}

const [, , taskQueue = '', metricsAddress = ''] = process.argv;
const kafkaRequests: Record<string, number> = {};

function sample(): WorkerSample {
  global.gc?.();
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    cpuSeconds: (user + system) / 1e6,
    rssBytes: rss,
    heapBytes: heapUsed,
    openFiles: readdirSync('/proc/self/fd').length,
    kafkaRequests: { ...kafkaRequests },
  };
}

tracingChannel<string, object>('plt:kafka:connections:api').start.subscribe((message) => {
  const name = 'apiKey' in (message as object) ? String((message as { apiKey: unknown }).apiKey) : 'other';
  kafkaRequests[name] = (kafkaRequests[name] ?? 0) + 1;
});
process.on('disconnect', () => process.exit());
process.on('message', (message) => {
  if (message === 'sample') process.send?.(sample());
});
Runtime.install({
  logger: new DefaultLogger('WARN'),
  telemetryOptions: { metrics: { prometheus: { bindAddress: metricsAddress } }, logging: { forward: {} } },
  shutdownSignals: [],
});
await startWorker({
  temporal: temporalConnectionOptions(),
  taskQueue,
  jobsFolder: packagedJobsFolder,
  logLine: () => undefined,
});
process.send?.('ready');
