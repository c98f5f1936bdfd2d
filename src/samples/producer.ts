import { setTimeout as delay } from 'node:timers/promises';
import { CompressionTypes, type Message } from 'kafkajs';
import { kafkaJsFailure, openKafkaJs } from '../kafka/kafkajs-client.ts';
import { createTopics, partitionCounts } from './create-topics.ts';
import { sampleRecord } from './sample-records.ts';
import { hashText } from './seeded-random.ts';
import { shares } from './shares.ts';
import type { SampleTopic, SampleTopicName } from './topics.ts';

const maxRecordsPerRequest = 5000;
const requestsInFlight = 3;
/** At a given rate, records are sent so often that consumers see a stream and not bursts. */
const requestsPerSecond = 10;

export interface SampleRequest {
  readonly bootstrapServers: readonly string[];
  readonly topics: readonly SampleTopic[];
  /** Over all topics, in proportion to their weights; endless where absent. */
  readonly records?: number;
  /** Over all topics; as fast as possible where absent. */
  readonly ratePerSecond?: number;
  readonly seed: number;
  /** Index of the first sample of each topic, to go on where an earlier run ended. */
  readonly firstIndex?: number;
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
  const admin = kafka.admin();
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  const run = new SampleRun(request);
  try {
    await Promise.all([admin.connect(), producer.connect()]);
    run.createdTopics = await createTopics(admin, request.topics);
    const partitions = await partitionCounts(admin, run.topicNames);
    const send = async (batch: SampleBatch): Promise<void> => {
      const compression = request.compression === 'gzip' ? CompressionTypes.GZIP : CompressionTypes.None;
      await producer.sendBatch({ topicMessages: toMessages(batch, request.seed, partitions, run), compression });
      run.confirm(batch);
    };
    await sendAll(run, send);
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
  bytes = 0;
  defects = 0;
  readonly request: SampleRequest;
  #planned = 0;
  #confirmed = 0;
  readonly #next = new Map<SampleTopicName, number>();
  readonly #byTopic = new Map<SampleTopicName, number>();

  constructor(request: SampleRequest) {
    this.request = request;
    for (const { name } of request.topics) this.#next.set(name, request.firstIndex ?? 0);
  }

  get topicNames(): string[] {
    return this.request.topics.map(({ name }) => name);
  }

  get planned(): number {
    return this.#planned;
  }

  /** The next batch of at most so many records; `undefined` when all are planned. */
  plan(limit: number): SampleBatch | undefined {
    const { records = Infinity, topics } = this.request;
    const before = this.#planned;
    const after = Math.min(records, before + limit);
    if (after <= before) return undefined;
    this.#planned = after;
    const weights = topics.map(({ weight }) => weight);
    // The difference of two totals, so that shares come out right over the whole run and not per batch alone.
    const [upTo, sent] = [shares(after, weights), [...this.#next.values()]];
    return topics.flatMap(({ name }, index) => {
      const from = sent[index] ?? 0;
      const count = (upTo[index] ?? 0) + (this.request.firstIndex ?? 0) - from;
      if (count <= 0) return [];
      this.#next.set(name, from + count);
      return [{ topic: name, from, count }];
    });
  }

  confirm(batch: SampleBatch): void {
    for (const { topic, count } of batch) {
      this.#confirmed += count;
      this.#byTopic.set(topic, (this.#byTopic.get(topic) ?? 0) + count);
    }
    this.request.onProgress?.(this.progress());
  }

  progress(): SampleProgress {
    const { bytes, defects, createdTopics } = this;
    return { records: this.#confirmed, bytes, defects, byTopic: Object.fromEntries(this.#byTopic), createdTopics };
  }
}

/** Sends batch after batch, several at a time, no faster than asked for. The first failure ends it. */
async function sendAll(run: SampleRun, send: (batch: SampleBatch) => Promise<void>): Promise<void> {
  const { ratePerSecond, signal } = run.request;
  const limit = ratePerSecond === undefined ? maxRecordsPerRequest : Math.ceil(ratePerSecond / requestsPerSecond);
  const startedAtMs = performance.now();
  const sendInTurn = async (): Promise<void> => {
    while (!signal?.aborted) {
      if (ratePerSecond !== undefined) {
        const dueAtMs = startedAtMs + (run.planned / ratePerSecond) * 1000;
        const earlyMs = dueAtMs - performance.now();
        if (earlyMs > 0) await delay(earlyMs, undefined, signal && { signal }).catch(() => undefined);
        if (signal?.aborted) return;
      }
      const batch = run.plan(Math.min(limit, maxRecordsPerRequest));
      if (!batch) return;
      await send(batch);
    }
  };
  // A rate is kept by one sender; without one, making records and waiting for acknowledgements overlap.
  const senders = ratePerSecond === undefined ? requestsInFlight : 1;
  await Promise.all(Array.from({ length: senders }, sendInTurn));
}

function toMessages(
  batch: SampleBatch,
  seed: number,
  partitions: ReadonlyMap<string, number>,
  run: SampleRun,
): { topic: string; messages: Message[] }[] {
  return batch.map(({ topic, from, count }) => {
    const messages: Message[] = [];
    for (let index = from; index < from + count; index++) {
      const { key, value, defect } = sampleRecord(topic, seed, index);
      messages.push({ key, value, partition: hashText(key) % (partitions.get(topic) ?? 1) });
      run.bytes += key.length + (value?.length ?? 0);
      if (defect !== undefined) run.defects++;
    }
    return { topic, messages };
  });
}
