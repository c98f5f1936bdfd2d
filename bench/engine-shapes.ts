import type { FetchedBatch } from '../src/kafka/kafka-reader.ts';
import type { BatchPlan } from '../src/model/batch/batch.ts';
import type { JobSpec } from '../src/model/job/job-spec.ts';
import type { KafkaRecord } from '../src/model/batch/kafka-record.ts';
import type { OffsetRange } from '../src/model/batch/offset-range.ts';
import { field, struct, type StructField } from '../src/model/table/table-schema.ts';

/** The two shapes of the side by side with Spark: GPS pings stored as they came, and API events parsed into columns. */
export type Shape = 'raw' | 'structured';

const distinctRecords = 20_000;
const startMs = Date.UTC(2026, 10, 20, 7);

/** A small seeded generator: the same records on every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export function shapeValues(shape: Shape): Uint8Array[] {
  const next = random(7);
  const below = (n: number): number => Math.floor(next() * n);
  const pick = <T>(...choices: T[]): T => choices[below(choices.length)]!;
  const hex = (n: number): string => Array.from({ length: n }, () => below(16).toString(16)).join('');
  const uuid = (): string => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
  const round = (value: number, digits: number): number => Number(value.toFixed(digits));
  const at = (i: number): string => new Date(startMs + ((i * 367) % 7_200_000)).toISOString();
  const gps = (i: number): object => ({
    event_id: uuid(),
    driver_id: `drv_${below(20_000)}`,
    entity_type: 'driver',
    timestamp: at(i),
    location: [round(-23.5 + next(), 6), round(-46.6 + next(), 6)],
    heading: round(next() * 360, 1),
    speed: round(next() * 80, 1),
    accuracy: round(next() * 10, 2),
    trip_id: uuid(),
  });
  const api = (i: number): object => ({
    event_id: uuid(),
    event_version: '1.0',
    event_timestamp: at(i),
    tenant_id: `tenant_${below(500)}`,
    subscription: {
      plan: pick('free', 'pro', 'enterprise'),
      status: 'active',
      region: pick('us-east-1', 'eu-west-1'),
    },
    user: { user_id: `u_${below(50_000)}`, email: `user${below(50_000)}@example.com`, role: 'admin' },
    api: {
      method: pick('GET', 'POST', 'PUT'),
      endpoint: `/v1/resource/${below(200)}`,
      version: 'v1',
      operation_id: `op${below(300)}`,
    },
    request: {
      request_id: uuid(),
      size_bytes: below(20_000),
      ip: `10.${below(255)}.${below(255)}.${below(255)}`,
      user_agent: 'python-requests/2.31.0',
    },
    response: {
      status_code: pick(200, 200, 200, 400, 500),
      latency_ms: round(next() * 500, 2),
      size_bytes: below(50_000),
      cached: next() < 0.3,
    },
    billing: { billable: true, units: below(10), unit_price: 0.0015, currency: 'USD' },
  });
  return Array.from({ length: distinctRecords }, (_, i) => {
    if (shape === 'structured' && i % 100 === 99) return Buffer.from('{"event_id": "broken", "tenant": ');
    return Buffer.from(JSON.stringify(shape === 'raw' ? gps(i) : api(i)));
  });
}

const text = (...names: string[]): StructField[] => names.map((name) => field(name, 'string'));

const apiFields: readonly StructField[] = [
  field('event_id', 'string', false),
  field('event_version', 'string'),
  field('event_timestamp', 'timestamp', false),
  field('tenant_id', 'string', false),
  field('subscription', struct(...text('plan', 'status', 'region'))),
  field('user', struct(...text('user_id', 'email', 'role'))),
  field('api', struct(...text('method', 'endpoint', 'version', 'operation_id'))),
  field('request', struct(...text('request_id'), field('size_bytes', 'long'), ...text('ip', 'user_agent'))),
  field(
    'response',
    struct(
      field('status_code', 'long'),
      field('latency_ms', 'double'),
      field('size_bytes', 'long'),
      field('cached', 'boolean'),
    ),
  ),
  field(
    'billing',
    struct(field('billable', 'boolean'), field('units', 'long'), field('unit_price', 'double'), ...text('currency')),
  ),
];

export function shapeSpec(shape: Shape, path: string): JobSpec {
  const common = [
    { name: '_raw_value', source: 'value' },
    { name: '_kafka_partition', source: 'partition' },
    { name: '_kafka_offset', source: 'offset' },
    { name: '_kafka_timestamp', source: 'timestamp' },
    { name: '_ingested_at', source: 'ingestedAt' },
  ] as const;
  const isRaw = shape === 'raw';
  return {
    name: `bench-${shape}`,
    source: {
      bootstrapServers: ['127.0.0.1:9092'],
      topics: { kind: 'list', topics: [isRaw ? 'gps' : 'api'] },
      startingOffsets: { kind: 'earliest' },
      failOnDataLoss: true,
      isolationLevel: 'read_committed',
      maxBytesPerTrigger: 256 * 1024 * 1024,
    },
    trigger: { kind: 'availableNow' },
    steps: {
      parse: isRaw ? { format: 'raw' } : { format: 'json', schema: apiFields, onCastFailure: 'reject' },
      malformed: { records: 'deadLetter', tombstones: 'deadLetter' },
      metadata: {
        columns: isRaw
          ? [...common, { name: '_ingestion_date', source: 'ingestionDate' }]
          : [...common, { name: '_row_hash', source: 'rowHash' }, { name: '_is_valid', source: 'isValid' }],
      },
      derive: {
        columns: isRaw
          ? []
          : [
              { name: '_event_date', type: 'date', sql: "CAST(event_timestamp AT TIME ZONE 'UTC' AS DATE)" },
              { name: '_event_hour', type: 'integer', sql: "hour(event_timestamp AT TIME ZONE 'UTC')" },
            ],
      },
    },
    table: {
      path,
      partitionBy: isRaw ? ['_ingestion_date'] : ['_event_date', '_event_hour'],
      properties: {},
      targetFileSizeBytes: 128 * 1024 * 1024,
    },
    deadLetter: { path: `${path}_dlq` },
    withMetrics: false,
  };
}

export function shapePlan(shape: Shape, partition: number, rowCount: number): BatchPlan {
  const topic = shape === 'raw' ? 'gps' : 'api';
  const range: OffsetRange = {
    topic,
    topicId: '00000000-0000-0000-0000-000000000001',
    partition,
    startOffset: '0',
    endOffset: `${BigInt(rowCount)}`,
  };
  return {
    job: `bench-${shape}`,
    topic,
    batch: 1,
    epoch: 1,
    plannedAtMs: startMs,
    ranges: [{ ...range, storedOffset: '0' }],
    groups: [{ group: 0, ranges: [range] }],
    lagOffsets: '0',
  };
}

/** Records made on the fly, in batches as a broker would give them. */
export async function* shapeBatches(shape: Shape, range: OffsetRange): AsyncGenerator<FetchedBatch, void, undefined> {
  const values = shapeValues(shape);
  const key = Buffer.from('key-0');
  const end = Number(range.endOffset);
  for (let start = 0; start < end; start += 5000) {
    const count = Math.min(5000, end - start);
    let bytes = 0;
    const records = Array.from({ length: count }, (_, i): KafkaRecord => {
      const value = values[(start + i) % values.length]!;
      bytes += value.length + key.length;
      return {
        partition: range.partition,
        offset: BigInt(start + i),
        timestampMs: BigInt(startMs + start + i),
        timestampType: 'CreateTime',
        key,
        value,
        headers: [],
      };
    });
    yield await Promise.resolve({
      partition: range.partition,
      records,
      dropped: {},
      nextOffset: BigInt(start + count),
      bytes,
    });
  }
}
