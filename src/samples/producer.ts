import { setTimeout as delay } from 'node:timers/promises';
import { CompressionTypes, type IHeaders } from 'kafkajs';
import { kafkaJsFailure, openKafkaJs, requestRetry } from '../kafka/kafkajs-client.ts';
import { sendAll, type PlacedBatch, type PlacedMessage } from '../kafka/send-all.ts';
import { createTopics, partitionCounts } from './create-topics.ts';
import { endIndices } from './end-indices.ts';
import type { SampleRecord } from './sample-event.ts';
import { sampleRecord } from './sample-records.ts';
import { hashText } from './seeded-random.ts';
import type { SampleTopic, SampleTopicName } from './topics.ts';
import { WeightedTurns } from './weighted-turns.ts';

/** Few enough for the largest request that brokers take by default, 1 MiB for each topic partition. */
const maxRecordsPerRequest = 2000;
/** At a given rate, records are sent so often that consumers see a stream and not bursts. */
const requestsPerSecond = 10;
/** Topic partitions that are added while records are produced are known by then. */
const metadataMaxAgeMs = 5000;

export interface SampleRequest {
  readonly bootstrapServers: readonly string[];
  readonly topics: readonly SampleTopic[];
  /** Put before the names of the topics, so that several sets of them can live in one cluster. */
  readonly topicPrefix?: string;
  /** Over all topics, in proportion to their weights; endless where absent. */
  readonly records?: number;
  /** Over all topics; as fast as possible where absent. */
  readonly ratePerSecond?: number;
  readonly seed: number;
  /** Index of the first sample of each topic, 0 where absent; `end` goes on behind what the topic holds. */
  readonly firstIndex?: number | 'end';
  readonly compression?: 'none' | 'gzip';
  readonly signal?: AbortSignal;
  readonly onProgress?: (soFar: SampleProgress) => void;
}

export interface SampleProgress {
  readonly records: number;
  readonly bytes: number;
  /** Of the records, those made wrong on purpose. */
  readonly defects: number;
  readonly byTopic: Readonly<Record<string, number>>;
  readonly createdTopics: readonly string[];
}

/**
 * Sends sample records, creating missing topics. The signal ends it early and is no error. Throws KAFKA_UNAVAILABLE.
 */
export async function produceSamples(request: SampleRequest): Promise<SampleProgress> {
  const kafka = openKafkaJs({ bootstrapServers: request.bootstrapServers });
  const admin = kafka.admin({ retry: requestRetry });
  // Idempotent, because kafkajs sends a request again as a whole when one of its partitions has no leader yet.
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    idempotent: true,
    maxInFlightRequests: 1,
    metadataMaxAge: metadataMaxAgeMs,
    retry: requestRetry,
  });
  const run = new SampleRun(request);
  try {
    await Promise.all([admin.connect(), producer.connect()]);
    const topics = request.topics.map(({ name, partitions }) => ({ name: run.kafkaTopic(name), partitions }));
    run.createdTopics = await createTopics(admin, topics);
    const partitions = await partitionCounts(admin, topics);
    if (request.firstIndex === 'end') run.firstIndices = await endIndices(request.bootstrapServers, run.kafkaTopics);
    const compression = request.compression === 'gzip' ? CompressionTypes.GZIP : CompressionTypes.None;
    await sendInTurn(run, (batch) => {
      const topicMessages = toMessages(batch, partitions, run);
      return async () => {
        await sendAll(producer, { topicMessages, compression });
        run.confirm(batch);
      };
    });
  } catch (error) {
    throw kafkaJsFailure(error, 'produce samples');
  } finally {
    await Promise.allSettled([admin.disconnect(), producer.disconnect()]);
  }
  return run.progress();
}

/** How many samples of each topic are sent next, and from which index on. */
type SampleBatch = readonly { readonly topic: SampleTopicName; readonly from: number; readonly count: number }[];

class SampleRun {
  createdTopics: readonly string[] = [];
  /** By name in Kafka, where the topics say it. */
  firstIndices: ReadonlyMap<string, number> | undefined;
  bytes = 0;
  defects = 0;
  readonly request: SampleRequest;
  readonly #turns: WeightedTurns;
  #planned = 0;
  #confirmed = 0;
  readonly #byTopic = new Map<string, number>();

  constructor(request: SampleRequest) {
    this.request = request;
    this.#turns = new WeightedTurns(request.topics.map(({ weight }) => weight));
  }

  get planned(): number {
    return this.#planned;
  }

  get kafkaTopics(): readonly string[] {
    return this.request.topics.map(({ name }) => this.kafkaTopic(name));
  }

  /** The name in Kafka. */
  kafkaTopic(name: SampleTopicName): string {
    return `${this.request.topicPrefix ?? ''}${name}`;
  }

  /** The next batch of at most so many records; `undefined` when all are planned. */
  plan(limit: number): SampleBatch | undefined {
    const { records = Infinity, topics } = this.request;
    const from = this.#turns.countsAfter(this.#planned);
    this.#planned = Math.min(records, this.#planned + limit);
    const to = this.#turns.countsAfter(this.#planned);
    const batch = topics.flatMap(({ name }, i) => {
      const [first, count] = [from[i] ?? 0, (to[i] ?? 0) - (from[i] ?? 0)];
      return count > 0 ? [{ topic: name, from: this.#firstIndex(name) + first, count }] : [];
    });
    return batch.length > 0 ? batch : undefined;
  }

  #firstIndex(name: SampleTopicName): number {
    const { firstIndex = 0 } = this.request;
    return firstIndex === 'end' ? (this.firstIndices?.get(this.kafkaTopic(name)) ?? 0) : firstIndex;
  }

  confirm(batch: SampleBatch): void {
    for (const { topic, count } of batch) {
      this.#confirmed += count;
      const name = this.kafkaTopic(topic);
      this.#byTopic.set(name, (this.#byTopic.get(name) ?? 0) + count);
    }
    this.request.onProgress?.(this.progress());
  }

  progress(): SampleProgress {
    const { bytes, defects, createdTopics } = this;
    return { records: this.#confirmed, bytes, defects, byTopic: Object.fromEntries(this.#byTopic), createdTopics };
  }
}

/**
 * Sends batch after batch, in their order and no faster than asked for; the next one is made while one is on its way. The
 * first failure ends it.
 */
async function sendInTurn(run: SampleRun, prepare: (batch: SampleBatch) => () => Promise<void>): Promise<void> {
  const { ratePerSecond, signal } = run.request;
  const limit = ratePerSecond === undefined ? maxRecordsPerRequest : Math.ceil(ratePerSecond / requestsPerSecond);
  const startedAtMs = performance.now();
  let sending: Promise<void> = Promise.resolve();
  while (!signal?.aborted) {
    if (ratePerSecond !== undefined) {
      const dueAtMs = startedAtMs + (run.planned / ratePerSecond) * 1000;
      const earlyMs = dueAtMs - performance.now();
      if (earlyMs > 0) await delay(earlyMs, undefined, signal && { signal }).catch(() => undefined);
      if (signal?.aborted) break;
    }
    const batch = run.plan(Math.min(limit, maxRecordsPerRequest));
    if (!batch) break;
    const send = prepare(batch);
    await sending;
    sending = send();
    // It is awaited at the next turn; until then a failure must not end the process.
    sending.catch(() => {});
  }
  await sending;
}

function toMessages(
  batch: SampleBatch,
  partitions: ReadonlyMap<string, number>,
  run: SampleRun,
): PlacedBatch['topicMessages'] {
  return batch.map(({ topic, from, count }) => {
    const messages: PlacedMessage[] = [];
    const name = run.kafkaTopic(topic);
    const partitionCount = partitions.get(name) ?? 1;
    for (let index = from; index < from + count; index++) {
      const { key, value, headers = {}, defect } = sampleRecord(topic, run.request.seed, index);
      messages.push({ key, value, headers: writable(headers), partition: hashText(key.toString()) % partitionCount });
      run.bytes += key.length + (value?.length ?? 0);
      if (defect !== undefined) run.defects++;
    }
    return { topic: name, messages };
  });
}

/** kafkajs takes lists that it may change. */
function writable(headers: NonNullable<SampleRecord['headers']>): IHeaders {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'string' || Buffer.isBuffer(value) ? value : [...value],
    ]),
  );
}
