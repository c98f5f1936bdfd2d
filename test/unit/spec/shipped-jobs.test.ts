import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JobSpec } from '../../../src/model/job-spec.ts';
import { listJobs } from '../../../src/spec/job-file.ts';
import { loadJob } from '../../../src/spec/load-job.ts';
import { formatType } from '../../../src/spec/type-format.ts';
import { tableSchema } from '../../../src/transform/table-schema.ts';

const shippedJobs = ['api-usage-events', 'rideshare-high-volume', 'rideshare-low-volume'];
// A user's own jobs stand in the same folder.
const jobsFolder = path.join(import.meta.dirname, '..', '..', '..', 'jobs');

function load(job: string, env: Readonly<Record<string, string>> = {}): JobSpec {
  return loadJob(job, { jobsFolder, env, workingFolder: '/w' });
}

/** `name type` of each column, structs without their fields. */
function columnsOf(spec: JobSpec): string[] {
  return tableSchema(spec).fields.map(
    ({ name, type }) => `${name} ${formatType(type).replace(/^struct<.*/, 'struct')}`,
  );
}

const rawColumns = [
  '_raw_value string',
  '_kafka_partition int',
  '_kafka_offset bigint',
  '_kafka_timestamp timestamp',
  '_ingested_at timestamp',
  '_ingestion_date string',
];

describe('the shipped jobs', () => {
  it('are these', () => {
    expect(listJobs(jobsFolder)).toEqual(expect.arrayContaining(shippedJobs));
  });

  it('keep GPS pings as they came, by ingestion date', () => {
    const spec = load('rideshare-high-volume');
    expect(columnsOf(spec)).toEqual(rawColumns);
    expect(spec).toMatchObject({
      source: { topics: { kind: 'list', topics: ['gps_pings'] } },
      trigger: { kind: 'interval', intervalMs: 10_000 },
      table: { path: '/w/data/lake/bronze_{topic}', partitionBy: ['_ingestion_date'] },
      deadLetter: { path: '/w/data/lake/dlq_{topic}' },
    });
  });

  it('keep the seven quiet topics in tables of their own', () => {
    const spec = load('rideshare-low-volume');
    expect(columnsOf(spec)).toEqual(rawColumns);
    expect(spec.source.topics).toEqual({
      kind: 'list',
      topics: ['trips', 'driver_status', 'surge_updates', 'ratings', 'payments', 'driver_profiles', 'rider_profiles'],
    });
    expect(spec.trigger).toEqual({ kind: 'interval', intervalMs: 10_000 });
  });

  it('parse API usage events into columns, by event date and hour', () => {
    const spec = load('api-usage-events');
    expect(columnsOf(spec)).toEqual([
      'event_id string',
      'event_version string',
      'event_timestamp string',
      'tenant_id string',
      'subscription struct',
      'identity struct',
      'request struct',
      'response struct',
      'client struct',
      'geo struct',
      'rate_limiting struct',
      'abuse_signals struct',
      'gateway struct',
      'billing struct',
      '_raw_value string',
      '_is_valid boolean',
      '_kafka_topic string',
      '_kafka_partition int',
      '_kafka_offset bigint',
      '_kafka_timestamp timestamp',
      '_ingested_at timestamp',
      '_row_hash bigint',
      '_event_date date',
      '_event_hour int',
    ]);
    expect(spec).toMatchObject({
      source: { topics: { kind: 'list', topics: ['api-usage-events.v1'] } },
      trigger: { kind: 'interval', intervalMs: 60_000 },
      table: { path: '/w/data/lake/api_usage_events', partitionBy: ['_event_date', '_event_hour'] },
      deadLetter: { path: '/w/data/lake/api_usage_events_dlq' },
    });
  });

  it('follow the environment', () => {
    const env = {
      LAKE_PATH: '/lake',
      KAFKA_BROKER: 'kafka:9092',
      TRIGGER_INTERVAL: '5 seconds',
      KAFKA_TOPIC: 'dev_topic',
    };
    for (const job of shippedJobs) {
      const spec = load(job, env);
      expect(spec.source.bootstrapServers).toEqual(['kafka:9092']);
      expect(spec.trigger).toEqual({ kind: 'interval', intervalMs: 5_000 });
      expect(spec.table.path).toMatch(/^\/lake\//);
      expect(spec.deadLetter.path).toMatch(/^\/lake\//);
    }
    expect(load('api-usage-events', env).source.topics).toEqual({ kind: 'list', topics: ['dev_topic'] });
  });
});
