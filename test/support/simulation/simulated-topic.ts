import type { KafkaReader } from '../../../src/kafka/kafka-reader.ts';

/** A topic of which only the ends are asked for. */
export class SimulatedTopic implements KafkaReader {
  readonly name = 'events';
  readonly #ends: number[];

  constructor(partitions: number) {
    this.#ends = Array.from({ length: partitions }, () => 0);
  }

  get ends(): readonly number[] {
    return this.#ends;
  }

  append(partition: number, records: number): void {
    this.#ends[partition] = (this.#ends[partition] ?? 0) + records;
  }

  addPartition(): void {
    this.#ends.push(0);
  }

  describeTopics: KafkaReader['describeTopics'] = () =>
    Promise.resolve(new Map([[this.name, { topicId: 'topic-id', partitions: [...this.#ends.keys()] }]]));

  listOffsets: KafkaReader['listOffsets'] = (_topic, { at }) =>
    Promise.resolve(
      new Map(this.#ends.map((end, partition) => [partition, at === 'earliest' ? 0n : BigInt(end)] as const)),
    );

  matchTopics = (): Promise<string[]> => Promise.resolve([this.name]);
  close = (): Promise<void> => Promise.resolve();
  readRange = (): never => unused();
  readRanges = (): never => unused();
}

function unused(): never {
  throw new Error('records are not read: all that counts is where they are');
}
