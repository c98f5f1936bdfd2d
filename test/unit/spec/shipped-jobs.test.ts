import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JobSpec } from '../../../src/model/job/job-spec.ts';
import { listJobs } from '../../../src/spec/document/job-file.ts';
import { pinSchema } from '../../../src/ingest/schema/pin-schema.ts';
import { loadJob } from '../../../src/spec/load-job.ts';
import { formatType } from '../../../src/spec/column-types/type-format.ts';
import { tableSchema } from '../../../src/transform/table-schema.ts';

const shippedJobs = [
  'api-usage-events',
  'dev-topic',
  'event-pipeline',
  'events-window',
  'rideshare-high-volume',
  'rideshare-low-volume',
];
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

  it('decode messages of devices into the same columns, whether they are Protobuf or JSON', async () => {
    const options = { jobsFolder, env: {} };
    const protobuf = await pinSchema(loadJob('dev-topic', options), { env: {} });
    const json = loadJob({ job: 'dev-topic', environment: 'json' }, options);
    const plainTypes = (spec: JobSpec): unknown =>
      tableSchema(spec).fields.map(({ name, type }) => [name, formatType(type)]);
    expect(plainTypes(json)).toEqual(plainTypes(protobuf));
    expect(protobuf.table.partitionBy).toEqual(['event_date']);
    expect(columnsOf(json).slice(0, 4)).toEqual([
      'event_id string',
      'event_time timestamp',
      'kind string',
      'device struct',
    ]);
  });

  it('take user events through every step, by date and hour of ingestion', () => {
    const spec = load('event-pipeline');
    expect(Object.keys(spec.steps)).toEqual(
      expect.arrayContaining(['key', 'validate', 'scrub', 'normalize', 'deduplicate']),
    );
    expect(columnsOf(spec)).toEqual([
      'event_id string',
      'event_type string',
      'event_timestamp bigint',
      'session_id string',
      'user struct',
      'device struct',
      'page struct',
      'amount decimal(12,2)',
      'currency string',
      'properties map<string, string>',
      'is_test boolean',
      'record_key string',
      'trace_id string',
      'source_topic string',
      'source_partition int',
      'source_offset bigint',
      'kafka_timestamp timestamp',
      'ingestion_timestamp timestamp',
      'dt string',
      'hr int',
      'validation_status string',
      'validation_score double',
      'validation_failures array<string>',
      'pii_scrubbed boolean',
      'event_time timestamp',
      'event_time_iso string',
    ]);
    expect(spec).toMatchObject({
      source: { topics: { kind: 'list', topics: ['user_events'] } },
      trigger: { kind: 'interval', intervalMs: 30_000 },
      table: { path: '/w/data/lake/bronze/validated', partitionBy: ['dt', 'hr'] },
      deadLetter: { path: '/w/data/lake/bronze/dead_letters' },
    });
    expect(loadJob({ job: 'event-pipeline', environment: 'prod' }, { jobsFolder, env: {} }).steps.scrub?.hmacKey).toBe(
      '${PII_HASH_KEY}',
    );
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
