import { describe, expect, it } from 'vitest';
import { overridesFromFlags } from '../../../../src/spec/document/flag-overrides.ts';
import { parseJob } from '../../../../src/spec/parse-job.ts';

describe('overridesFromFlags', () => {
  it('overrides nothing without flags', () => {
    expect(overridesFromFlags({})).toEqual({});
  });

  it('takes the place of what the file says', () => {
    const overrides = overridesFromFlags({
      kafkaBrokers: 'kafka-1:9092,kafka-2:9092',
      kafkaTopic: 'api-usage-events.v1',
      checkpointPath: 's3://data-lake/checkpoints/bronze/api-usage-events',
      outputPath: 's3://data-lake/bronze/api_usage_events',
      dlqPath: 's3://data-lake/bronze/api_usage_events_dlq',
      triggerInterval: '1 minute',
      startingOffsets: '{"api-usage-events.v1":{"0":1000000,"1":1000000}}',
      maxOffsetsPerTrigger: '100000',
      withMetrics: true,
    });
    const text = 'source: { topicPattern: "x.*", startingOffsets: { x1: { 0: 5 } } }\ntrigger: 5 s';
    expect(parseJob(text, { fileName: 'jobs/api.yaml', env: {}, overrides })).toMatchObject({
      source: {
        bootstrapServers: ['kafka-1:9092', 'kafka-2:9092'],
        topics: { kind: 'list', topics: ['api-usage-events.v1'] },
        startingOffsets: { offsets: { 'api-usage-events.v1': { '0': '1000000', '1': '1000000' } } },
        maxOffsetsPerTrigger: 100_000,
      },
      trigger: { kind: 'interval', intervalMs: 60_000 },
      table: { path: 's3://data-lake/bronze/api_usage_events' },
      deadLetter: { path: 's3://data-lake/bronze/api_usage_events_dlq' },
      checkpointPath: 's3://data-lake/checkpoints/bronze/api-usage-events',
      withMetrics: true,
    });
  });

  it('keeps the dead letters of the file when only the table moves', () => {
    const text = 'source: { topics: a }\ndeadLetter: { path: /lake/dlq }';
    const overrides = overridesFromFlags({ outputPath: '/elsewhere/t' });
    expect(parseJob(text, { fileName: 'jobs/a.yaml', env: {}, overrides }).deadLetter.path).toBe('/lake/dlq');
  });
});
