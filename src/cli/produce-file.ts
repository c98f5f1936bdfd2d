import { CompressionTypes, Partitioners, type Admin, type Message, type Producer } from 'kafkajs';
import { BronzeError } from '../errors.ts';
import { kafkaJsFailure, openKafkaJs, requestRetry } from '../kafka/kafkajs-client.ts';
import type { KafkaSource } from '../model/job/job-spec.ts';
import { createTopics } from '../samples/create-topics.ts';
import type { SampleProgress } from '../samples/producer.ts';
import { fileRecords, type LineForm } from './file-records.ts';

export interface FileRequest {
  readonly source: Pick<KafkaSource, 'bootstrapServers' | 'security'>;
  readonly topic: string;
  /** `-` is stdin. */
  readonly file: string;
  readonly lines: LineForm;
  /** Where the topic is missing it is created with so many; it is an error where absent. */
  readonly partitions?: number;
  /** No more than these. */
  readonly records?: number;
  readonly compression?: 'none' | 'gzip';
  readonly signal: AbortSignal;
  readonly onProgress: (soFar: SampleProgress) => void;
}

/** Bounds of a request: brokers take 1 MiB by default. */
const mostRecords = 1000;
const mostBytes = 512 * 1024;

/**
 * Sends the records of a file in their order; keys choose the topic partition as they do with Kafka's own producers.
 * @throws BronzeError USAGE for a line that is not in order, TOPIC_NOT_FOUND, KAFKA_UNAVAILABLE.
 */
export async function produceFile(request: FileRequest): Promise<SampleProgress> {
  const kafka = openKafkaJs(request.source);
  const admin = kafka.admin({ retry: requestRetry });
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
    idempotent: true,
    maxInFlightRequests: 1,
    retry: requestRetry,
  });
  try {
    await Promise.all([admin.connect(), producer.connect()]);
    const createdTopics = await ensureTopic(admin, request);
    return await sendFile(producer, request, { createdTopics, partitions: await partitionCount(admin, request.topic) });
  } catch (error) {
    throw kafkaJsFailure(error, 'produce records');
  } finally {
    await Promise.allSettled([admin.disconnect(), producer.disconnect()]);
  }
}

async function ensureTopic(admin: Admin, { topic, partitions }: FileRequest): Promise<readonly string[]> {
  if (partitions !== undefined) return createTopics(admin, [{ name: topic, partitions }]);
  if ((await admin.listTopics()).includes(topic)) return [];
  throw new BronzeError('TOPIC_NOT_FOUND', `there is no topic ${topic}; --partitions <n> creates it`);
}

async function partitionCount(admin: Admin, topic: string): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  return topics[0]?.partitions.length ?? 0;
}

async function sendFile(
  producer: Producer,
  { topic, file, lines, records = Infinity, compression, signal, onProgress }: FileRequest,
  target: { readonly createdTopics: readonly string[]; readonly partitions: number },
): Promise<SampleProgress> {
  let [sent, bytes] = [0, 0];
  let batch: Message[] = [];
  let batchBytes = 0;
  const progress = (): SampleProgress => ({
    ...{ records: sent, bytes, defects: 0, byTopic: { [topic]: sent }, createdTopics: target.createdTopics },
  });
  const send = async (): Promise<void> => {
    if (batch.length === 0) return;
    const codec = compression === 'gzip' ? CompressionTypes.GZIP : CompressionTypes.None;
    await producer.send({ topic, messages: batch, compression: codec });
    sent += batch.length;
    bytes += batchBytes;
    [batch, batchBytes] = [[], 0];
    onProgress(progress());
  };
  for await (const record of fileRecords(file, lines)) {
    if (signal.aborted || sent + batch.length >= records) break;
    // kafkajs leaves such records out without a word.
    if (record.partition !== undefined && record.partition >= target.partitions)
      throw new BronzeError(
        'USAGE',
        `${topic} has ${String(target.partitions)} partitions, and none of them is ${String(record.partition)}`,
      );
    batch.push(record);
    batchBytes += (record.key?.length ?? 0) + (record.value?.length ?? 0);
    if (batch.length >= mostRecords || batchBytes >= mostBytes) await send();
  }
  await send();
  return progress();
}
