import { isBinaryFormat } from '../model/job/binary-parse.ts';
import type { JobDocument } from '../model/job/job-input.ts';
import { isMap, valueAt } from './document/document-path.ts';
import type { Environment } from './document/environment.ts';

/** What a job has when its file does not say otherwise, in the form of the file. The lowest layer of every job. */
export const fixedDefaults = {
  source: {
    bootstrapServers: '${KAFKA_BOOTSTRAP_SERVERS:-localhost:9092}',
    startingOffsets: 'earliest',
    failOnDataLoss: true,
    isolationLevel: 'read_committed',
    maxBytesPerTrigger: '256 MiB',
  },
  trigger: '${TRIGGER_INTERVAL:-10 seconds}',
  steps: {
    malformed: { records: 'deadLetter', tombstones: 'deadLetter' },
    derive: {},
  },
  table: {
    path: '${LAKE_PATH:-data/lake}/bronze_{topic}',
    properties: {},
    targetFileSize: '128 MiB',
  },
  withMetrics: false,
} as const satisfies JobDocument;

/** The columns of a job that names none. */
export const defaultMetadata = {
  _raw_value: 'value',
  _kafka_partition: 'partition',
  _kafka_offset: 'offset',
  _kafka_timestamp: 'timestamp',
  _ingested_at: 'ingestedAt',
  _ingestion_date: 'ingestionDate',
} as const;

/** The dead-letter table beside the job's table. */
export const defaultDeadLetterFolder = 'dlq_{topic}';

/** The defaults for a job's document; some depend on what else it says, or on which variables are set. */
export function defaultsFor(document: JobDocument, env: Environment, fileName?: string): JobDocument {
  const name = document['name'] ?? fileName;
  const jobName = typeof name === 'string' ? name : '';
  const metadata = valueAt(document, ['steps', 'metadata']);
  return {
    ...(fileName === undefined ? {} : { name: fileName }),
    ...fixedDefaults,
    source: { ...fixedDefaults.source, ...topicsFromEnvironment(document, env) },
    steps: {
      parse: parseDefaults(valueAt(document, ['steps', 'parse'])),
      ...fixedDefaults.steps,
      metadata: metadata === undefined ? metadataDefaults(valueAt(document, ['steps', 'parse', 'format'])) : {},
    },
    table: { ...fixedDefaults.table, partitionBy: metadata === undefined ? ['_ingestion_date'] : [] },
    ...(isSet(env['CHECKPOINT_BASE_PATH']) ? { checkpointPath: `\${CHECKPOINT_BASE_PATH}/${jobName}` } : {}),
  };
}

/** The raw value of a binary format is bytes. */
function metadataDefaults(format: unknown): JobDocument {
  return isBinaryFormat(format) ? { ...defaultMetadata, _raw_value: 'valueBytes' } : defaultMetadata;
}

function topicsFromEnvironment(document: JobDocument, env: Environment): JobDocument {
  const source = document['source'];
  const named = isMap(source) && (source['topics'] !== undefined || source['topicPattern'] !== undefined);
  return !named && isSet(env['KAFKA_TOPIC']) ? { topics: '${KAFKA_TOPIC}' } : {};
}

/** A schema makes no sense for raw values, so it says `json` by itself. */
function parseDefaults(parse: unknown): JobDocument {
  const hasSchema = isMap(parse) && parse['schema'] !== undefined;
  const format = isMap(parse) && parse['format'] !== undefined ? parse['format'] : hasSchema ? 'json' : 'raw';
  return format === 'raw' ? { format } : { format, onCastFailure: 'reject' };
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
