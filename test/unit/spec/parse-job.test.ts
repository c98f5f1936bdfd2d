import { describe, expect, it } from 'vitest';
import { BronzeError } from '../../../src/errors.ts';
import type { JobDocument } from '../../../src/model/job/job-input.ts';
import type { JobSpec } from '../../../src/model/job/job-spec.ts';
import { parseInlineJob, parseJob, type ParseJobOptions } from '../../../src/spec/parse-job.ts';

const workingFolder = '/work-folder';

function parse(text: string, options: Partial<ParseJobOptions> = {}): JobSpec {
  return parseJob(text, { fileName: 'jobs/gps.yaml', env: {}, workingFolder, ...options });
}

/** The problems that parsing names, one per line. */
function problemsOf(parsing: () => unknown): string[] {
  try {
    parsing();
  } catch (error) {
    if (!(error instanceof BronzeError) || error.code !== 'SPEC_INVALID') throw error;
    const [title, ...problems] = error.message.split('\n');
    expect(title).toMatch(problems.length === 1 ? /has 1 problem:$/ : new RegExp(`has ${problems.length} problems:$`));
    return problems.map((line) => line.replace(/^- /, ''));
  }
  return [];
}

describe('a job file', () => {
  it('needs no more than its topics', () => {
    expect(parse('source: { topics: gps_pings }')).toEqual({
      name: 'gps',
      source: {
        bootstrapServers: ['localhost:9092'],
        topics: { kind: 'list', topics: ['gps_pings'] },
        startingOffsets: { kind: 'earliest' },
        failOnDataLoss: true,
        isolationLevel: 'read_committed',
        maxBytesPerTrigger: 268_435_456,
      },
      trigger: { kind: 'interval', intervalMs: 10_000 },
      steps: {
        parse: { format: 'raw' },
        malformed: { records: 'deadLetter', tombstones: 'deadLetter' },
        metadata: {
          columns: [
            { name: '_raw_value', source: 'value' },
            { name: '_kafka_partition', source: 'partition' },
            { name: '_kafka_offset', source: 'offset' },
            { name: '_kafka_timestamp', source: 'timestamp' },
            { name: '_ingested_at', source: 'ingestedAt' },
            { name: '_ingestion_date', source: 'ingestionDate' },
          ],
        },
        derive: { columns: [] },
      },
      table: {
        path: '/work-folder/data/lake/bronze_{topic}',
        partitionBy: ['_ingestion_date'],
        properties: {},
        targetFileSizeBytes: 134_217_728,
      },
      deadLetter: { path: '/work-folder/data/lake/dlq_{topic}' },
      withMetrics: false,
    });
  });

  it('says everything that a job can say', () => {
    const spec = parse(`
name: gps
description: pings
source:
  bootstrapServers: kafka-1:9092, kafka-2:9092
  topicPattern: rideshare\\..*
  startingOffsets: { rideshare.gps: { 0: 23, 1: latest, 2: 9007199254740993 } }
  failOnDataLoss: "false"
  isolationLevel: read_uncommitted
  maxOffsetsPerTrigger: "500000"
  maxBytesPerTrigger: 1g
  security:
    tls: true
    caFile: /etc/ca.pem
    sasl: { mechanism: SCRAM-SHA-512, username: "\${KAFKA_USER}", password: "\${KAFKA_PASSWORD}" }
trigger: availableNow
steps:
  parse:
    onCastFailure: null
    schema: { id: string not null, price: "decimal(38,18)", place: { lat: double, tags: array<string> } }
  malformed: { records: keep, tombstones: drop }
  metadata: { _topic: topic, _hash: rowHash }
  derive: { _day: { type: date, sql: "current_date" } }
table:
  path: s3a://lake//bronze/pings/
  sharedByTopics: true
  partitionBy: _day
  properties: { delta.checkpointInterval: 20, delta.appendOnly: true }
  targetFileSize: 64mb
deadLetter: { path: "file:///lake/dlq" }
checkpointPath: checkpoints
withMetrics: true
`);
    expect(spec).toMatchObject({
      description: 'pings',
      source: {
        bootstrapServers: ['kafka-1:9092', 'kafka-2:9092'],
        topics: { kind: 'pattern', pattern: String.raw`rideshare\..*` },
        startingOffsets: {
          kind: 'offsets',
          offsets: { 'rideshare.gps': { '0': '23', '1': 'latest', '2': '9007199254740993' } },
        },
        failOnDataLoss: false,
        isolationLevel: 'read_uncommitted',
        maxOffsetsPerTrigger: 500_000,
        maxBytesPerTrigger: 1_073_741_824,
        security: {
          tls: true,
          caFile: '/etc/ca.pem',
          sasl: { mechanism: 'SCRAM-SHA-512', username: '${KAFKA_USER}', password: '${KAFKA_PASSWORD}' },
        },
      },
      trigger: { kind: 'availableNow' },
      steps: {
        parse: { format: 'json', onCastFailure: 'null' },
        malformed: { records: 'keep', tombstones: 'drop' },
        derive: { columns: [{ name: '_day', type: 'date', sql: 'current_date' }] },
      },
      table: {
        path: 's3://lake/bronze/pings',
        partitionBy: ['_day'],
        properties: { 'delta.checkpointInterval': '20', 'delta.appendOnly': 'true' },
        targetFileSizeBytes: 67_108_864,
      },
      deadLetter: { path: '/lake/dlq' },
      checkpointPath: '/work-folder/checkpoints',
      withMetrics: true,
    });
    const names =
      spec.steps.parse.format === 'json' ? spec.steps.parse.schema.map(({ name, type }) => [name, type]) : [];
    expect(names.slice(0, 2)).toEqual([
      ['id', 'string'],
      ['price', 'decimal(38,18)'],
    ]);
  });

  it('is JSON-safe and the same after a round trip, so that it can cross workflow history', () => {
    const spec = parse('source: { topics: a, startingOffsets: { a: { 0: 1 } } }');
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
  });

  it('takes the schema as the DDL of Spark', () => {
    const spec = parse('source: { topics: a }\nsteps: { parse: { schema: "id STRING NOT NULL, n INT" } }');
    expect(spec.steps.parse).toMatchObject({
      format: 'json',
      schema: [{ name: 'id', nullable: false }, { type: 'integer' }],
    });
  });
});

describe('the environment', () => {
  it('stands in for what the file leaves out', () => {
    const env = {
      KAFKA_BROKER: 'kafka:9092',
      KAFKA_TOPIC: 'a,b',
      TRIGGER_INTERVAL: '1 minute',
      DELTA_LAKE_PATH: 's3a://my-bucket/delta-lake/',
      CHECKPOINT_BASE_PATH: 's3a://rideshare-checkpoints/',
    };
    expect(parse('{}', { env })).toMatchObject({
      source: { bootstrapServers: ['kafka:9092'], topics: { kind: 'list', topics: ['a', 'b'] } },
      trigger: { kind: 'interval', intervalMs: 60_000 },
      table: { path: 's3://my-bucket/delta-lake/bronze_{topic}' },
      deadLetter: { path: 's3://my-bucket/delta-lake/dlq_{topic}' },
      checkpointPath: 's3://rideshare-checkpoints/gps',
    });
  });

  it('gives way to what the file says', () => {
    const env = { KAFKA_TOPIC: 'a', TRIGGER_INTERVAL: '1 minute', KAFKA_BROKER: 'x:1', KAFKA_BOOTSTRAP_SERVERS: 'y:1' };
    expect(parse('source: { topicPattern: b.* }\ntrigger: 5 s', { env })).toMatchObject({
      source: { bootstrapServers: ['y:1'], topics: { kind: 'pattern', pattern: 'b.*' } },
      trigger: { kind: 'interval', intervalMs: 5_000 },
    });
  });

  it.each([
    [{ OUTPUT_PATH: '/out/', RUN_ID: '7' }, '/out/run_7/bronze_{topic}'],
    [{ OUTPUT_PATH: 'out' }, '/work-folder/out/bronze_{topic}'],
    [{ OUTPUT_PATH: 'out', DELTA_LAKE_PATH: '/delta' }, '/delta/bronze_{topic}'],
    [{ LAKE_PATH: '/lake', DELTA_LAKE_PATH: '/delta', RUN_ID: '7' }, '/lake/bronze_{topic}'],
    [{ LAKE_PATH: '' }, '/work-folder/data/lake/bronze_{topic}'],
  ])('says with %j where the lake is', (env, path) => {
    expect(parse('source: { topics: a }', { env }).table.path).toBe(path);
  });

  it('is named when what it says is wrong', () => {
    const env = { TRIGGER_INTERVAL: 'never', KAFKA_TOPIC: 'a b' };
    expect(problemsOf(() => parse('{}', { env }))).toEqual([
      '(default) source.topics: "a b"; expected names of topics, a list of them or one text with commas; "a b" is none (written as ${KAFKA_TOPIC})',
      '(default) trigger: "never"; expected availableNow, or a duration up to 7 days such as 10 seconds, 1 minute, 500ms or PT10S (written as ${TRIGGER_INTERVAL:-10 seconds})',
    ]);
  });
});

const layered = `
source: { topics: a, maxOffsetsPerTrigger: 5 }
environments:
  prod:
    source: { topics: [b, c], maxOffsetsPerTrigger: null }
    trigger: 1 minute
  broken:
    trigger: never
`;

describe('layers', () => {
  it('are laid over one another: file, environment, overrides', () => {
    expect(parse(layered).source.maxOffsetsPerTrigger).toBe(5);
    const spec = parse(layered, { environment: 'prod', overrides: { trigger: '2 minutes' } });
    expect(spec.source.topics).toEqual({ kind: 'list', topics: ['b', 'c'] });
    expect(spec.source).not.toHaveProperty('maxOffsetsPerTrigger');
    expect(spec.trigger).toEqual({ kind: 'interval', intervalMs: 120_000 });
  });

  it('are named in problems, with the place in the file', () => {
    expect(problemsOf(() => parse(layered, { environment: 'broken' }))).toEqual([
      '8:14 (environment broken) trigger: "never"; expected availableNow, or a duration up to 7 days such as 10 seconds, 1 minute, 500ms or PT10S',
    ]);
    expect(problemsOf(() => parse(layered, { overrides: { withMetric: true, source: { topics: [] } } }))).toEqual([
      '(override) source.topics: []; expected names of topics, a list of them or one text with commas',
      '(override) withMetric: unknown key; did you mean withMetrics?',
    ]);
  });

  it('must exist', () => {
    expect(problemsOf(() => parse(layered, { environment: 'prd' }))).toEqual([
      '3:1 environments: there is no environment prd; did you mean prod?',
    ]);
    expect(problemsOf(() => parse('source: { topics: a }', { environment: 'prod' }))).toEqual([
      '1:1 environments: there is no environment prod; the job has none',
    ]);
    expect(problemsOf(() => parse('source: { topics: a }\nenvironments: { prod: 5 }'))).toEqual([
      '2:23 environments.prod: expected a map of the keys that differ',
    ]);
  });

  it('may rename the job, which the file itself may not', () => {
    expect(parse('name: gps\nsource: { topics: a }', { overrides: { name: 'gps-backfill' } }).name).toBe(
      'gps-backfill',
    );
    expect(problemsOf(() => parse('name: pings\nsource: { topics: a }'))).toEqual([
      '1:7 name: "pings"; expected gps, the name of the file',
    ]);
  });
});

describe('an inline job', () => {
  const document: JobDocument = { name: 'gps', source: { topics: ['a'] }, table: { path: '/lake/${TABLE:-t}' } };

  it('is read like a file', () => {
    expect(parseInlineJob(document, { env: {} })).toMatchObject({ name: 'gps', table: { path: '/lake/t' } });
  });

  it('has problems without places', () => {
    expect(problemsOf(() => parseInlineJob({ source: { topics: [1] } }, { env: {} }))).toEqual([
      'name: missing; expected small letters, digits, dots, hyphens and underscores, beginning with a letter or digit',
      'source.topics: [1]; expected names of topics, a list of them or one text with commas',
    ]);
  });
});
