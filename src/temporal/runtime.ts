import { DefaultLogger, Runtime, type RuntimeOptions } from '@temporalio/worker';
import type { MetricMeter } from '@temporalio/common';
import { BronzeError, errorMessage } from '../errors.ts';

/** An activity whose workflow ended first is expected when a job stops, and nothing to warn of. */
const unawaitedAnswer = 'Activity not found on completion';

let installed = false;

/** Where the metrics of the SDK, and those that are given to its meter, are served. */
export interface MetricsServer {
  /** `127.0.0.1:9464`: an IP address, or localhost, and a port. */
  readonly address: string;
  readonly durationBuckets: Readonly<Record<string, readonly number[]>>;
}

/**
 * Sends what Temporal's SDK has to say (warnings and errors), its native part included, through our log. Once per process, before any worker.
 * @returns the meter of the metrics that are served, where they are.
 * @throws BronzeError USAGE for an address that cannot be listened at.
 */
export function installRuntime(logLine: (line: string) => void, metrics?: MetricsServer): MetricMeter | undefined {
  if (installed) return metrics && Runtime.instance().metricMeter;
  installed = true;
  const logger = new DefaultLogger('WARN', ({ level, message, meta }) => {
    if (message.startsWith(unawaitedAnswer)) return;
    const fields: Readonly<Record<string, unknown>> = { ...meta };
    const about = ['activityType', 'workflowType', 'workflowId', 'attempt']
      .flatMap((name) => (name in fields ? [`${name}=${String(fields[name])}`] : []))
      .join(' ');
    const cause = fields['error'] instanceof Error ? `: ${fields['error'].message}` : '';
    logLine(`${new Date().toISOString()} ${level} ${message} ${about}${cause}`.trimEnd());
  });
  // Signals are the command line's business: it stops jobs before it stops the worker.
  install({ logger, telemetryOptions: { logging: { forward: {} } }, shutdownSignals: [] }, metrics);
  return metrics && Runtime.instance().metricMeter;
}

function install(options: RuntimeOptions, metrics: MetricsServer | undefined): void {
  if (!metrics) {
    Runtime.install(options);
    return;
  }
  const { address, durationBuckets } = metrics;
  const bindAddress = address.replace(/^localhost:/, '127.0.0.1:');
  const histogramBucketOverrides = Object.fromEntries(
    Object.entries(durationBuckets).map(([name, buckets]) => [name, [...buckets]]),
  );
  const exporter = { attachServiceName: false, prometheus: { bindAddress, histogramBucketOverrides } };
  try {
    Runtime.install({ ...options, telemetryOptions: { ...options.telemetryOptions, metrics: exporter } });
  } catch (error) {
    // The SDK names its own argument before it says what is wrong.
    const reason = errorMessage(error).split(': ').at(-1) ?? '';
    const expected = 'expected an IP address and a free port, such as 127.0.0.1:9464';
    throw new BronzeError('USAGE', `metrics cannot be served at ${address}: ${reason}; ${expected}`, { cause: error });
  }
}
