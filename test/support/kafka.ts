import { randomUUID } from 'node:crypto';
import { type Admin, type Kafka, type Message, type Producer, type Transaction } from 'kafkajs';
import { openKafkaJs, requestRetry } from '../../src/kafka/kafkajs-client.ts';
import { sendAll } from '../../src/kafka/send-all.ts';
import type { KafkaReader } from '../../src/kafka/kafka-reader.ts';
import { openKafka } from '../../src/kafka/open-kafka.ts';
import type { OffsetRange } from '../../src/model/batch/offset-range.ts';
import { untilLeaders } from '../../src/samples/create-topics.ts';
import { kafkaBootstrapServers } from './servers.ts';
import { untilTrue } from './until-true.ts';

export interface TestTopic {
  readonly name: string;
  /** Sends the records as they are, to the partition named (default 0), in one batch per call and partition. */
  send(...messages: Message[]): Promise<void>;
  /** Makes all offsets below this one unreadable, as retention does. */
  deleteRecordsBefore(partition: number, offset: number): Promise<void>;
  growTo(partitions: number): Promise<void>;
  /** Deletes the topic and creates one of the same name: another topic id, offsets from 0. */
  recreate(): Promise<void>;
  delete(): Promise<void>;
}

export interface TopicOptions {
  readonly partitions?: number;
  readonly config?: Readonly<Record<string, string>>;
}

/** One Kafka transaction after the other, on a transactional id of its own. */
export interface TransactionalProducer {
  begin(): Promise<KafkaTransaction>;
  close(): Promise<void>;
}

export interface KafkaTransaction {
  send(topic: string, ...messages: Message[]): Promise<void>;
  commit(): Promise<void>;
  abort(): Promise<void>;
}

/** How long a change of topics may take; kafkajs gives up after 5 seconds unless told otherwise. */
const timeout = 60_000;

/** A Kafka cluster for tests: what a test opens here is closed, and its topics deleted, by `close`. */
export class TestKafka {
  readonly bootstrapServers: readonly string[];
  readonly reader: KafkaReader;
  readonly admin: Admin;
  readonly #client: Kafka;
  readonly #producers = new Set<Producer>();
  readonly #topics = new Set<string>();

  private constructor(bootstrapServers: string) {
    this.bootstrapServers = bootstrapServers.split(',');
    this.reader = openKafka(this);
    this.#client = openKafkaJs(this);
    this.admin = this.#client.admin({ retry: requestRetry });
  }

  static async open(bootstrapServers: string = kafkaBootstrapServers()): Promise<TestKafka> {
    const kafka = new TestKafka(bootstrapServers);
    await kafka.admin.connect();
    return kafka;
  }

  async createTopic({ partitions = 1, config = {} }: TopicOptions = {}): Promise<TestTopic> {
    const name = `test-${randomUUID()}`;
    const create = async (): Promise<void> => {
      // Records with timestamps of long ago would be deleted at the broker's next look.
      const configEntries = Object.entries({ 'retention.ms': '-1', ...config }).map(([key, value]) => ({
        name: key,
        value,
      }));
      await this.admin.createTopics({
        topics: [{ topic: name, numPartitions: partitions, configEntries }],
        waitForLeaders: false,
        timeout,
      });
      await untilLeaders(this.admin, [name]);
      this.#topics.add(name);
    };
    await create();
    // kafkajs asks for the metadata of every topic that a producer ever sent to, and fails when one of them is deleted.
    // It sends a request again as a whole when one partition has no leader yet: hence idempotent.
    const producer = this.#client.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      retry: requestRetry,
      allowAutoTopicCreation: false,
      metadataMaxAge: 100,
    });
    const connected = this.#connect(producer);
    return {
      name,
      send: async (...messages) => {
        await connected;
        const placed = messages.map((message) => ({ ...message, partition: message.partition ?? 0 }));
        await sendAll(producer, { topicMessages: [{ topic: name, messages: placed }] });
      },
      deleteRecordsBefore: async (partition, offset) => {
        await this.admin.fetchTopicOffsets(name); // kafkajs deletes only where it has met the leader before
        await this.admin.deleteTopicRecords({ topic: name, partitions: [{ partition, offset: String(offset) }] });
      },
      growTo: async (count) => {
        await this.admin.createPartitions({ topicPartitions: [{ topic: name, count }], timeout });
      },
      recreate: async () => {
        await this.deleteTopic(name);
        await create();
      },
      delete: () => this.deleteTopic(name),
    };
  }

  /** Deletes topics that were created elsewhere, too, when it is closed. */
  own(topics: Iterable<string>): void {
    for (const topic of topics) this.#topics.add(topic);
  }

  async transactionalProducer(transactionalId = `test-${randomUUID()}`): Promise<TransactionalProducer> {
    const producer = this.#client.producer({
      transactionalId,
      idempotent: true,
      maxInFlightRequests: 1,
      retry: requestRetry,
      allowAutoTopicCreation: false,
    });
    await this.#connect(producer);
    return {
      begin: async () => this.#asKafkaTransaction(await producer.transaction()),
      close: () => producer.disconnect(),
    };
  }

  /** A range of the topic as it is now; all of it unless offsets are given. */
  async range(
    topic: TestTopic,
    { partition = 0, start, end }: { partition?: number; start?: number; end?: number } = {},
  ): Promise<OffsetRange> {
    const description = (await this.reader.describeTopics([topic.name])).get(topic.name);
    if (!description) throw new Error(`topic ${topic.name} does not exist`);
    const earliest = (await this.reader.listOffsets(topic.name, { at: 'earliest' })).get(partition);
    const latest = (await this.reader.listOffsets(topic.name, { at: 'latest' })).get(partition);
    return {
      topic: topic.name,
      topicId: description.topicId,
      partition,
      startOffset: `${BigInt(start ?? earliest ?? 0n)}`,
      endOffset: `${BigInt(end ?? latest ?? 0n)}`,
    };
  }

  /** Waits until the name is free again. */
  async deleteTopic(name: string): Promise<void> {
    this.#topics.delete(name);
    await this.admin.deleteTopics({ topics: [name], timeout });
    while ((await this.reader.describeTopics([name])).size > 0);
  }

  async close(): Promise<void> {
    if (this.#topics.size > 0) await this.admin.deleteTopics({ topics: [...this.#topics], timeout });
    await Promise.allSettled([
      this.admin.disconnect(),
      this.reader.close(),
      ...[...this.#producers].map((producer) => producer.disconnect()),
    ]);
  }

  async #connect(producer: Producer): Promise<void> {
    this.#producers.add(producer);
    await producer.connect();
  }

  /** Its end is over when every topic partition has the marker: a coordinator answers before it has written them. */
  #asKafkaTransaction(transaction: Transaction): KafkaTransaction {
    const sentTo = new Map<string, Set<number>>();
    const endOffset = async (topic: string, partition: number): Promise<bigint | undefined> =>
      (await this.reader.listOffsets(topic, { at: 'latest', isolation: 'read_uncommitted' })).get(partition);
    const endBy = async (end: () => Promise<void>): Promise<void> => {
      const marked = [...sentTo].flatMap(([topic, partitions]) =>
        [...partitions].map(async (partition) => {
          const before = await endOffset(topic, partition);
          return () => untilTrue(async () => (await endOffset(topic, partition)) !== before);
        }),
      );
      const isMarked = await Promise.all(marked);
      await end();
      await Promise.all(isMarked.map((wait) => wait()));
    };
    return {
      send: async (topic, ...messages) => {
        const placed = messages.map((message) => ({ partition: 0, ...message }));
        const partitions = sentTo.get(topic) ?? new Set();
        for (const { partition } of placed) partitions.add(partition);
        sentTo.set(topic, partitions);
        await transaction.send({ topic, messages: placed });
      },
      commit: () => endBy(() => transaction.commit()),
      abort: () => endBy(() => transaction.abort()),
    };
  }
}
