import { BronzeError } from '../errors.ts';
import type { KafkaReader } from '../kafka/kafka-reader.ts';
import { openKafka } from '../kafka/open-kafka.ts';
import type { JobSpec } from '../model/job/job-spec.ts';
import { DifferenceList } from './difference-list.ts';
import type { KafkaLoad } from './kafka-side.ts';
import type { TopicReport, VerifyReport } from './verify-report.ts';
import { verifyTopic } from './verify-topic.ts';

export interface VerifyOptions {
  readonly spec: JobSpec;
  /** One to use; else one is opened for the job's source and closed at the end. */
  readonly kafka?: KafkaReader;
  /** Only these topics of the job. */
  readonly topics?: readonly string[];
  /** How many differences are told in detail; all are counted. Default: 20. */
  readonly mostDifferences?: number;
  /** DuckDB's memory; what does not fit goes to a temporary folder. Default: 1 GB. */
  readonly memoryBytes?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: VerifyProgress) => void;
}

export interface VerifyProgress {
  readonly topic: string;
  /** The output that is compared, once Kafka has been. */
  readonly output?: string;
  /** Offsets, over all topics that were looked at so far; each counts once for Kafka, and once for each output. */
  readonly doneOffsets: bigint;
  readonly plannedOffsets: bigint;
  readonly records: number;
}

/**
 * The proof of invariant 4: every offset that a job's commits cover is, in Kafka and in the tables, in exactly one
 * place: a row, a dead letter or a counted drop. Differences are in the report; exceptions are outages and tables or
 * topics that are not there.
 */
export async function verifyJob(options: VerifyOptions): Promise<VerifyReport> {
  const kafka = options.kafka ?? openKafka(options.spec.source);
  try {
    return await verifyWith(kafka, options);
  } finally {
    if (!options.kafka) await kafka.close();
  }
}

async function verifyWith(kafka: KafkaReader, options: VerifyOptions): Promise<VerifyReport> {
  const { spec } = options;
  const startedAtMs = performance.now();
  const differences = new DifferenceList(options.mostDifferences ?? 20);
  const topics = await chooseTopics(kafka, options);
  let output: string | undefined;
  const progress = { topic: '', doneOffsets: 0n, plannedOffsets: 0n, records: 0 };
  const load: KafkaLoad = {
    kafka,
    isolationLevel: spec.source.isolationLevel,
    ...(options.signal ? { signal: options.signal } : {}),
    onOffsets: (count, records) => {
      progress.doneOffsets += count;
      progress.records += records;
      options.onProgress?.({ ...progress, ...(output === undefined ? {} : { output }) });
    },
  };
  const reports: TopicReport[] = [];
  for (const topic of topics) {
    options.signal?.throwIfAborted();
    progress.topic = topic;
    output = undefined;
    const isShared = sharesTable(spec);
    const input = { spec, topic, isShared, memoryBytes: options.memoryBytes ?? 1_000_000_000, load };
    const onPlanned = (offsets: bigint): void => {
      progress.plannedOffsets += offsets;
    };
    const onOutput = (name: string): void => {
      output = name;
      load.onOffsets(0n, 0);
    };
    reports.push(await verifyTopic({ ...input, onPlanned, onOutput }, differences));
  }
  const partitions = reports.flatMap((report) => report.partitions);
  return {
    job: spec.name,
    same: differences.count === 0,
    topics: reports,
    differenceCount: differences.count,
    differences: differences.first,
    comparedRecords: partitions.reduce((sum, { records }) => sum + records, 0),
    durationMs: Math.round(performance.now() - startedAtMs),
  };
}

async function chooseTopics(kafka: KafkaReader, { spec, topics }: VerifyOptions): Promise<readonly string[]> {
  const { topics: selection } = spec.source;
  const all = selection.kind === 'list' ? selection.topics : await kafka.matchTopics(selection.pattern);
  const strange = topics?.filter((topic) => selection.kind === 'list' && !all.includes(topic)) ?? [];
  if (strange.length > 0) {
    throw new BronzeError(
      'USAGE',
      `${strange.join(', ')} is no topic of the job ${spec.name}, which has ${all.join(', ')}`,
    );
  }
  return topics ?? all;
}

/** Does the table hold rows of several topics? */
function sharesTable(spec: JobSpec): boolean {
  const { topics } = spec.source;
  return !spec.table.path.includes('{topic}') && (topics.kind === 'pattern' || topics.topics.length > 1);
}
