import {
  addOffsetsToTxnV3,
  addPartitionsToTxnV3,
  endTxnV3,
  initProducerIdV4,
  NumericMap,
  offsetFetchV8,
  produceV9,
  txnOffsetCommitV3,
  type Connection,
  type MessageRecord,
} from '@platformatic/kafka';
import type { KafkaSource } from '../model/job/job-spec.ts';
import { BrokerConnections, withPartialErrors } from './broker-connections.ts';
import { fetchMetadata, topicOf, type ClusterMetadata } from './cluster-metadata.ts';
import { connectionOptions, parseBroker } from './connection-options.ts';
import { KafkaCoordinators, type CoordinatorKind } from './kafka-coordinators.ts';
import { protocolErrorName, protocolFailure } from './kafka-errors.ts';
import { cutBatches, type ProducedRecord } from './produced-record.ts';
import { retryRequest } from './retry-request.ts';

export interface TransactionalProducerOptions {
  /** Whoever opens a producer of the same id later aborts this one's transaction and ends what it can do. */
  readonly transactionalId: string;
  /** Consumer group, of no consumers, in which each transaction commits how far it came. */
  readonly groupId: string;
  readonly signal: AbortSignal;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * An open transaction holds up all readers of committed records behind it, so one that nobody ends must not last: the
 * broker ends it after this time.
 */
const transactionTimeoutMs = 60_000;
const requestTimeoutMs = 30_000;
const allReplicas = -1;
/** Progress is of no topic partition in particular: it is kept at the one that every topic has. */
const progressPartition = 0;
/** For a group without members. */
const noMember = { generationId: -1, memberId: '', instanceId: null } as const;

/**
 * Kafka transactions that carry records byte for byte, with the order and the repetitions of their headers, and progress
 * with them. Built on the protocol, because kafkajs takes headers as an object, which keeps neither, leaves out records of
 * topic partitions that it does not know, and cannot ask for offsets that are stable.
 */
export class TransactionalProducer {
  readonly #connections: BrokerConnections;
  readonly #coordinators: KafkaCoordinators;
  readonly #options: TransactionalProducerOptions;
  /** By topic, as it was last seen. */
  readonly #metadata = new Map<string, ClusterMetadata>();
  #producer = { id: -1n, epoch: -1 };
  readonly #sequences = new NumericMap();

  private constructor(connections: BrokerConnections, options: TransactionalProducerOptions) {
    this.#connections = connections;
    this.#coordinators = new KafkaCoordinators(connections);
    this.#options = options;
  }

  /**
   * Takes the transactional id over: what an earlier producer had begun is aborted, or committed where it had asked for
   * that, before this resolves. Throws KAFKA_UNAVAILABLE, KAFKA_AUTHENTICATION.
   */
  static async open(
    source: Pick<KafkaSource, 'bootstrapServers' | 'security'>,
    options: TransactionalProducerOptions,
  ): Promise<TransactionalProducer> {
    const brokers = source.bootstrapServers.map(parseBroker);
    const timeouts = { connectTimeoutMs: 5000, requestTimeoutMs };
    const connections = new BrokerConnections(
      brokers,
      connectionOptions(brokers, source.security, timeouts, options.env ?? process.env),
    );
    const producer = new TransactionalProducer(connections, options);
    try {
      await producer.#begin();
    } catch (error) {
      await connections.close();
      throw error;
    }
    return producer;
  }

  /** What the group committed last, by topic; without those of which it committed nothing. Waits for transactions to end. */
  async progress(topics: readonly string[]): Promise<ReadonlyMap<string, bigint>> {
    const { groupId } = this.#options;
    const asked = topics.map((name) => ({ name, partitionIndexes: [progressPartition] }));
    const doing = 'read the progress';
    const groups = await this.#ask('group', doing, (connection) =>
      withPartialErrors(offsetFetchV8.api.async(connection, [{ groupId, memberEpoch: -1, topics: asked }], true)).then(
        ({ groups }) => {
          const partitions = groups.flatMap(({ topics: found }) => found).flatMap((topic) => topic.partitions);
          for (const { errorCode } of [...groups, ...partitions]) check(errorCode, doing);
          return groups;
        },
      ),
    );
    const committed = groups.flatMap((group) => group.topics);
    return new Map(
      committed.flatMap(({ name, partitions }) =>
        partitions.flatMap(({ committedOffset }): [string, bigint][] =>
          committedOffset >= 0n ? [[name, committedOffset]] : [],
        ),
      ),
    );
  }

  /**
   * Sends the records to the topic and commits the progress, all or nothing. After an error the producer is of no use any
   * more, and only the next one of its id can tell whether the transaction was committed. Throws PRODUCER_FENCED,
   * RECORD_REFUSED, TOPIC_NOT_FOUND, KAFKA_UNAVAILABLE.
   */
  async transact(topic: string, records: readonly ProducedRecord[], position: bigint): Promise<void> {
    const { signal } = this.#options;
    try {
      const byPartition = Map.groupBy(records, ({ partition }) => partition);
      if (byPartition.size > 0) await this.#addPartitions(topic, [...byPartition.keys()]);
      for (const [partition, own] of byPartition) {
        for (const batch of cutBatches(own)) {
          signal.throwIfAborted();
          await this.#produce(topic, partition, batch);
        }
      }
      await this.#commitProgress(topic, position);
    } catch (error) {
      // Readers need not wait until the broker gives it up; whether this works makes no difference to anything else.
      await this.#end(false).catch(() => undefined);
      throw error;
    }
    await this.#end(true);
  }

  async close(): Promise<void> {
    await this.#connections.close();
  }

  async #begin(): Promise<void> {
    const { transactionalId } = this.#options;
    const { producerId, producerEpoch } = await this.#ask(
      'transaction',
      'take over the transactional id',
      async (to) => {
        const response = await withPartialErrors(initProducerIdV4.api.async(to, transactionalId, transactionTimeoutMs));
        check(response.errorCode, `take over the transactional id ${transactionalId}`);
        return response;
      },
    );
    this.#producer = { id: producerId, epoch: producerEpoch };
  }

  async #addPartitions(topic: string, partitions: number[]): Promise<void> {
    const { transactionalId } = this.#options;
    const { id: producerId, epoch: producerEpoch } = this.#producer;
    const doing = `begin a transaction of ${topic}`;
    await this.#ask('transaction', doing, async (connection) => {
      const transaction = { transactionalId, producerId, producerEpoch, verifyOnly: false };
      const response = await withPartialErrors(
        addPartitionsToTxnV3.api.async(connection, [{ ...transaction, topics: [{ name: topic, partitions }] }]),
      );
      const results = response.resultsByTransaction.flatMap(({ topicResults }) => topicResults);
      const codes = results.flatMap(({ resultsByPartition }) => resultsByPartition.map((p) => p.partitionErrorCode));
      // Those that are not at fault themselves say so.
      const faults = codes.filter((code) => code !== 0 && protocolErrorName(code) !== 'OPERATION_NOT_ATTEMPTED');
      check(faults[0] ?? 0, doing);
    });
  }

  async #produce(topic: string, partition: number, batch: readonly ProducedRecord[]): Promise<void> {
    const { transactionalId } = this.#options;
    const doing = `produce to ${topic}/${partition}`;
    const options = {
      transactionalId,
      compression: 'gzip',
      producerId: this.#producer.id,
      producerEpoch: this.#producer.epoch,
      sequences: this.#sequences,
    } as const;
    await this.#retry(doing, async () => {
      const leader = await this.#leader(topic, partition);
      const messages = batch.map((record) => messageOf(topic, record));
      const response = await withPartialErrors(
        produceV9.api.async(leader, allReplicas, requestTimeoutMs, messages, options),
      );
      const answers = typeof response === 'boolean' ? [] : response.responses.flatMap((r) => r.partitionResponses);
      const [answer] = answers;
      // The broker has the batch already when it answers this.
      if (protocolErrorName(answer?.errorCode ?? -1) === 'DUPLICATE_SEQUENCE_NUMBER') return;
      check(answer?.errorCode ?? -1, doing, answer?.errorMessage);
    });
    this.#sequences.postIncrement(`${topic}:${partition}`, batch.length, 0);
  }

  async #commitProgress(topic: string, position: bigint): Promise<void> {
    const { transactionalId, groupId } = this.#options;
    const { id, epoch } = this.#producer;
    const doing = 'commit the progress';
    await this.#ask('transaction', doing, async (connection) => {
      const { errorCode } = await withPartialErrors(
        addOffsetsToTxnV3.api.async(connection, transactionalId, id, epoch, groupId),
      );
      check(errorCode, doing);
    });
    const offset = { partitionIndex: progressPartition, committedOffset: position, committedLeaderEpoch: -1 };
    const topics = [{ name: topic, partitions: [{ ...offset, committedMetadata: null }] }];
    const { generationId, memberId, instanceId } = noMember;
    await this.#ask('group', doing, async (connection) => {
      const response = await withPartialErrors(
        txnOffsetCommitV3.api.async(
          ...([connection, transactionalId, groupId, id, epoch, generationId, memberId, instanceId, topics] as const),
        ),
      );
      for (const { errorCode } of response.topics.flatMap(({ partitions }) => partitions)) check(errorCode, doing);
    });
  }

  async #end(committed: boolean): Promise<void> {
    const { transactionalId } = this.#options;
    const doing = committed ? 'commit the Kafka transaction' : 'abort the Kafka transaction';
    await this.#ask('transaction', doing, async (connection) => {
      const { errorCode } = await withPartialErrors(
        endTxnV3.api.async(connection, transactionalId, this.#producer.id, this.#producer.epoch, committed),
      );
      check(errorCode, doing);
    });
  }

  async #leader(topic: string, partition: number): Promise<Connection> {
    const metadata = this.#metadata.get(topic) ?? (await fetchMetadata(this.#connections, [topic]));
    this.#metadata.set(topic, metadata);
    const leader = topicOf(metadata, topic).leaders.get(partition);
    const broker = leader && metadata.brokers.get(leader.nodeId);
    if (!broker) throw protocolFailure(leaderNotAvailable, `${topic}/${partition}`);
    return this.#connections.to(broker);
  }

  async #ask<R>(kind: CoordinatorKind, doing: string, request: (connection: Connection) => Promise<R>): Promise<R> {
    const { transactionalId, groupId } = this.#options;
    const key = kind === 'group' ? groupId : transactionalId;
    return this.#retry(doing, async () => request(await this.#coordinators.of(kind, key)));
  }

  #retry<R>(doing: string, request: () => Promise<R>): Promise<R> {
    return retryRequest(doing, request, {
      signal: this.#options.signal,
      mend: () => {
        this.#coordinators.forget();
        this.#metadata.clear();
      },
    });
  }
}

const leaderNotAvailable = 5;

function check(errorCode: number, doing: string, message?: string | null): void {
  if (errorCode !== 0) throw protocolFailure(errorCode, message ? `${doing} (${message})` : doing);
}

/** The library's types know no nulls; what it writes for them is the protocol's null. */
function messageOf(topic: string, { partition, timestampMs, key, value, headers }: ProducedRecord): MessageRecord {
  // Each key is an object of its own, so that a name that is repeated does not become one entry.
  const entries = new Map(headers.map(([name, content]) => [bufferOf(name), content && bufferOf(content)]));
  const message = {
    topic,
    partition,
    timestamp: timestampMs,
    key: key && bufferOf(key),
    value: value && bufferOf(value),
  };
  return { ...message, headers: entries } as MessageRecord;
}

/** The same bytes; always a new object. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
