import type { JobDocument } from '../../src/model/job/job-input.ts';
import type { OutputName, Scenario } from './scenario.ts';

export interface JobPlaces {
  readonly name: string;
  /** Folder or `s3://…` of all tables. */
  readonly lake: string;
  /** A folder of this machine. */
  readonly checkpointPath: string;
  readonly bootstrapServers: string;
  readonly topics: readonly string[];
}

/** The job of a scenario, as it is given to Temporal. */
export function jobDocument(scenario: Scenario, places: JobPlaces): JobDocument {
  const { format, outputs, deduplicates, isShared, mapsColumns, manifests } = scenario;
  const { lake } = places;
  return {
    name: places.name,
    source: {
      bootstrapServers: places.bootstrapServers,
      topics: [...places.topics],
      startingOffsets: 'earliest',
      maxOffsetsPerTrigger: scenario.maxOffsetsPerTrigger,
    },
    trigger: '50 ms',
    steps: {
      parse:
        format === 'raw'
          ? { format }
          : { format, schema: { id: 'string not null', ts: 'timestamp', n: 'int', level: 'int', seq: 'string' } },
      metadata: {
        _raw_value: 'value',
        _kafka_topic: 'topic',
        _kafka_partition: 'partition',
        _kafka_offset: 'offset',
        _ingestion_date: 'ingestionDate',
      },
      ...(deduplicates ? { deduplicate: { key: ['seq'], window: 'unlimited' } } : {}),
    },
    table: {
      path: isShared ? `${lake}/rows` : `${lake}/rows_{topic}`,
      ...(isShared ? { sharedByTopics: true } : {}),
      partitionBy: format === 'raw' ? ['_ingestion_date'] : [],
      ...(manifests === undefined ? {} : { manifests }),
      properties: {
        'delta.checkpointInterval': String(scenario.checkpointInterval),
        ...(mapsColumns ? { 'delta.columnMapping.mode': 'name' } : {}),
      },
    },
    deadLetter: { path: isShared ? `${lake}/dlq` : `${lake}/dlq_{topic}` },
    ...(scenario.mirrorsOffsets ? { checkpointPath: places.checkpointPath } : {}),
    ...(outputs.length === 0
      ? {}
      : { outputs: Object.fromEntries(outputs.map((name) => [name, outputDocument(name, scenario, lake)])) }),
  };
}

function outputDocument(name: OutputName, { deletionVectors }: Scenario, lake: string): JobDocument {
  const path = `${lake}/${name}_{topic}`;
  const properties = deletionVectors ? { properties: { 'delta.enableDeletionVectors': 'true' } } : {};
  const aggregates = { readings: 'count(*)', total: 'sum(n)', newest: 'last(n)' };
  const windows = {
    path,
    window: { tumbling: '10 seconds' },
    eventTime: 'ts',
    watermark: '5 seconds',
    groupBy: ['id'],
    aggregates,
    late: 'deadLetter',
  };
  switch (name) {
    case 'changing':
      return { ...windows, mode: 'update', ...properties };
    case 'final':
      return { ...windows, mode: 'append' };
    case 'running':
      return { path, groupBy: ['id'], aggregates, ...properties };
    case 'changes':
      return { path, changes: { key: ['id'], of: ['level'] } };
    case 'current':
      return { path, merge: { key: ['id'], deleteWhen: 'n < 200' }, ...properties };
  }
}
