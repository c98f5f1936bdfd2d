import { Option } from 'commander';
import { durationBucketsSeconds, durationMetrics } from '../observe/metrics/metric-list.ts';
import type { MetricsServer } from '../temporal/runtime.ts';

/** Of commands that run a worker. */
export function metricsAddressOption(): Option {
  return new Option('--metrics-address <address>', 'serve Prometheus metrics there, such as 127.0.0.1:9464').env(
    'BRONZE_METRICS_ADDRESS',
  );
}

export function metricsServer(address: string | undefined): MetricsServer | undefined {
  if (address === undefined || address === '') return undefined;
  return {
    address,
    durationBuckets: Object.fromEntries(durationMetrics.map((name) => [name, durationBucketsSeconds])),
  };
}
