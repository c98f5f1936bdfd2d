import { setTimeout as delay } from 'node:timers/promises';
import type { Producer } from 'kafkajs';
import { openKafkaJs } from '../../src/kafka/kafkajs-client.ts';
import { sendAll, type PlacedMessage } from '../../src/kafka/send-all.ts';
import { SeededRandom } from '../../src/samples/seeded-random.ts';
import type { Timeline } from './timeline.ts';

/** What a producer knows of a record. `unknown`: the cluster never said what became of it. */
export type SentRecord = { readonly isBroken: boolean; readonly fate: 'acknowledged' | 'aborted' | 'unknown' };

/** The records that producers have sent, by the `seq` in their value. A duplicate has the `seq` of an earlier record. */
export type SentRecords = Map<string, SentRecord>;

export interface ProducedTopic {
  readonly name: string;
  /** Grows with the topic. */
  partitions: number;
}

interface ProducerOptions {
  readonly bootstrapServers: readonly string[];
  readonly topics: readonly ProducedTopic[];
  readonly seed: number;
  readonly timeline: Timeline;
  /** Every now and then a record is sent again. */
  readonly repeats: boolean;
}

const startMs = Date.UTC(2026, 0, 27, 10);
/** A transaction that nobody ends is aborted by the broker after this. */
const transactionTimeoutMs = 10_000;
const giveUp = { retries: 5, initialRetryTime: 100, maxRetryTime: 1000 };

/** Programs that write to the topics of a scenario for as long as it runs, each with one Kafka producer at a time. */
export class Producers {
  readonly sent: SentRecords = new Map();
  readonly #options: ProducerOptions;
  readonly #running: Promise<void>[] = [];
  #isStopping = (): boolean => false;
  #number = 0;

  constructor(options: ProducerOptions, transactional: number) {
    this.#options = options;
    this.#running.push(this.#run('plain', (producer, random) => this.#sendPlainly(producer, random)));
    for (let index = 0; index < transactional; index += 1) {
      const id = `chaos-${options.topics[0]?.name ?? ''}-${String(index)}`;
      this.#running.push(this.#run(id, (producer, random) => this.#sendInTransaction(producer, random)));
    }
  }

  /** Lets what is begun end. */
  async stop(): Promise<void> {
    this.#isStopping = () => true;
    await Promise.all(this.#running);
  }

  /** A producer that has met an error is replaced: kafkajs cannot go on with its sequence numbers. */
  async #run(id: string, turn: (producer: Producer, random: SeededRandom) => Promise<void>): Promise<void> {
    const client = openKafkaJs(this.#options);
    const random = new SeededRandom(this.#options.seed, 1_000_000 + this.#running.length);
    while (!this.#isStopping()) {
      const producer = client.producer({
        idempotent: true,
        maxInFlightRequests: 1,
        allowAutoTopicCreation: false,
        metadataMaxAge: 500,
        retry: giveUp,
        ...(id === 'plain' ? {} : { transactionalId: id, transactionTimeout: transactionTimeoutMs }),
      });
      try {
        await producer.connect();
        while (!this.#isStopping()) {
          await turn(producer, random);
          await delay(random.int(800));
        }
      } catch (error) {
        this.#options.timeline.note(`producer ${id}: ${error instanceof Error ? error.message : String(error)}`);
        await delay(500);
      } finally {
        await producer.disconnect().catch(() => undefined);
      }
    }
  }

  async #sendPlainly(producer: Producer, random: SeededRandom): Promise<void> {
    const { topic, messages, records } = this.#draw(random);
    this.#note(records, 'unknown');
    await sendAll(producer, { topicMessages: [{ topic, messages }] });
    this.#note(records, 'acknowledged');
  }

  async #sendInTransaction(producer: Producer, random: SeededRandom): Promise<void> {
    const transaction = await producer.transaction();
    const records = new Map<string, boolean>();
    for (let rest = 1 + random.int(3); rest > 0; rest -= 1) {
      const drawn = this.#draw(random);
      for (const [seq, isBroken] of drawn.records) records.set(seq, isBroken);
      this.#note(drawn.records, 'unknown');
      await sendAll(transaction, { topicMessages: [drawn] });
    }
    const end = random.pick(['commit', 'commit', 'commit', 'abort', 'hang', 'leave'] as const);
    switch (end) {
      case 'commit':
        await transaction.commit();
        this.#note(records, 'acknowledged');
        return;
      case 'hang':
        await delay(random.int(6000));
        await transaction.abort();
        this.#note(records, 'aborted');
        return;
      case 'abort':
        await transaction.abort();
        this.#note(records, 'aborted');
        return;
      case 'leave':
        // The broker aborts it, or the next producer of that id does.
        this.#note(records, 'aborted');
        throw new Error('leaves its transaction open');
    }
  }

  #note(records: ReadonlyMap<string, boolean>, fate: SentRecord['fate']): void {
    for (const [seq, isBroken] of records) {
      // Of a record that is sent again, that it arrived once counts.
      if (this.sent.get(seq)?.fate !== 'acknowledged') this.sent.set(seq, { isBroken, fate });
    }
  }

  #draw(random: SeededRandom): {
    readonly topic: string;
    readonly messages: readonly PlacedMessage[];
    readonly records: ReadonlyMap<string, boolean>;
  } {
    const topic = random.pick(this.#options.topics);
    const records = new Map<string, boolean>();
    const messages = Array.from({ length: 1 + random.int(30) }, (): PlacedMessage => {
      const isRepeated = this.#options.repeats && this.#number > 0 && random.chance(0.15);
      const index = isRepeated ? random.int(this.#number) : this.#number;
      if (!isRepeated) this.#number += 1;
      const partition = random.int(topic.partitions);
      const seq = `${topic.name}-${String(index)}`;
      const isBroken = !this.#options.repeats && random.chance(0.03);
      records.set(seq, isBroken);
      return { partition, value: valueOf(random, { seq, index, partition, isBroken }) };
    });
    return { topic: topic.name, messages, records };
  }
}

/** A reading of a sensor, which is in one topic partition; some are late. */
function valueOf(
  random: SeededRandom,
  { seq, index, partition, isBroken }: { seq: string; index: number; partition: number; isBroken: boolean },
): string {
  if (isBroken) return `{"seq":"${seq}", broken`;
  const lateMs = random.chance(0.05) ? random.int(60_000) : random.int(1500);
  const id = `s${String(partition)}-${String(random.int(3))}`;
  const ts = new Date(startMs + index * 50 - lateMs).toISOString();
  return JSON.stringify({ id, ts, n: random.int(1000), level: random.int(3), seq });
}
