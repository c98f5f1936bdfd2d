import type { Admin, Producer } from 'kafkajs';
import { openKafkaJs } from '../src/kafka/kafkajs-client.ts';
import { benchEvent, type BenchEvents } from './bench-events.ts';

export interface BenchTopic {
  readonly name: string;
  readonly events: BenchEvents;
  readonly records: number;
}

export interface LoadedTopic extends BenchTopic {
  /** Was it there already, with all its records? */
  readonly reused: boolean;
  readonly seconds: number;
}

/** As in the published figures: spread over eight partitions, record `i` at partition `i mod 8`. */
const partitionCount = 8;
const seed = 7;
const recordsPerRequest = 8_000;
const requestsInFlight = 3;

/** The name says what the topic holds, so that a later run can use it again. */
export function benchTopic(events: BenchEvents, records: number): BenchTopic {
  const what = typeof events === 'string' ? events : `readings_${events.keys}`;
  return { name: `bench_${what}_${records}_s${seed}`, events, records };
}

/** Makes sure that the topic holds exactly its records; one that holds anything else is made anew. */
export async function loadTopic(bootstrapServers: readonly string[], topic: BenchTopic): Promise<LoadedTopic> {
  const started = performance.now();
  const kafka = openKafkaJs({ bootstrapServers });
  const admin = kafka.admin();
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  try {
    await admin.connect();
    if ((await storedRecords(admin, topic.name)) === topic.records) return { ...topic, reused: true, seconds: 0 };
    await createEmpty(admin, topic.name);
    await producer.connect();
    await produceAll(producer, topic);
    const stored = await storedRecords(admin, topic.name);
    if (stored !== topic.records) {
      throw new Error(`${topic.name} holds ${String(stored)} records after loading ${topic.records}`);
    }
  } finally {
    await producer.disconnect();
    await admin.disconnect();
  }
  return { ...topic, reused: false, seconds: (performance.now() - started) / 1000 };
}

/** `undefined` when there is no such topic. */
async function storedRecords(admin: Admin, topic: string): Promise<number | undefined> {
  if (!(await admin.listTopics()).includes(topic)) return undefined;
  const offsets = await admin.fetchTopicOffsets(topic);
  return offsets.reduce((sum, { low, high }) => sum + Number(BigInt(high) - BigInt(low)), 0);
}

async function createEmpty(admin: Admin, topic: string): Promise<void> {
  if ((await admin.listTopics()).includes(topic)) {
    await admin.deleteTopics({ topics: [topic] });
    while ((await admin.listTopics()).includes(topic));
  }
  const configEntries = [{ name: 'retention.ms', value: '-1' }];
  await admin.createTopics({ topics: [{ topic, numPartitions: partitionCount, configEntries }], waitForLeaders: true });
}

async function produceAll(producer: Producer, topic: BenchTopic): Promise<void> {
  const requests: Promise<unknown>[] = [];
  for (let start = 0; start < topic.records; start += recordsPerRequest) {
    const messages = [];
    for (let index = start; index < Math.min(start + recordsPerRequest, topic.records); index++) {
      messages.push({ value: benchEvent(topic.events, index, seed), partition: index % partitionCount });
    }
    requests.push(producer.send({ topic: topic.name, messages, acks: 1 }));
    if (requests.length >= requestsInFlight) await requests.shift();
  }
  await Promise.all(requests);
}
