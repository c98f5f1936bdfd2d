import type { DropReason } from '../model/batch/batch.ts';
import type { KafkaRecord } from '../model/batch/kafka-record.ts';
import type { OffsetRange } from '../model/batch/offset-range.ts';

export type IsolationLevel = 'read_committed' | 'read_uncommitted';

export interface TopicDescription {
  readonly topicId: string;
  /** Ascending. */
  readonly partitions: readonly number[];
}

/**
 * Which offset of each topic partition is asked for. `latest` is the last stable offset under read_committed and the
 * high watermark otherwise; a timestamp gives the first offset whose record is not older, or `latest` where there is none.
 */
export interface OffsetQuery {
  readonly at: 'earliest' | 'latest' | { readonly timestampMs: number };
  /** Default: read_committed. */
  readonly isolation?: IsolationLevel;
}

export interface ReadOptions {
  /** Default: read_committed. */
  readonly isolationLevel?: IsolationLevel;
  /**
   * Upper bound of bytes asked for at a time, over all brokers; default 16 MiB. One response is worked on while the
   * next one arrives, so about twice as much is in memory. A single larger record batch is still read.
   */
  readonly maxFetchBytes?: number;
  readonly signal?: AbortSignal;
}

/** Some offsets of one topic partition, in order. What is neither a record nor counted as dropped does not exist. */
export interface FetchedBatch {
  readonly partition: number;
  readonly records: KafkaRecord[];
  readonly dropped: Partial<Record<DropReason, number>>;
  /** All offsets of the range below this one are accounted for. */
  readonly nextOffset: bigint;
  /** Bytes of keys and values in `records`. */
  readonly bytes: number;
}

/** Reads topics without a consumer group: what is read and where it ends is the caller's decision alone. */
export interface KafkaReader {
  /** Topics that do not exist are absent from the result. Always asks the cluster, so that new partitions appear. */
  describeTopics(names: readonly string[]): Promise<Map<string, TopicDescription>>;
  /** Names of the topics that match as a whole, sorted; internal topics are left out. */
  matchTopics(pattern: string | RegExp): Promise<string[]>;
  /** Throws TOPIC_NOT_FOUND. */
  listOffsets(topic: string, query: OffsetQuery): Promise<Map<number, bigint>>;
  /** `readRanges` of one range. */
  readRange(range: OffsetRange, options?: ReadOptions): AsyncGenerator<FetchedBatch, void, undefined>;
  /**
   * Every offset of every range exactly once, in order within each topic partition, interleaved between them. Throws
   * OFFSETS_LOST where offsets are gone, TOPIC_RECREATED where the topic's id is another one now, TOPIC_NOT_FOUND,
   * KAFKA_UNAVAILABLE when there was no progress for the retry time, and the signal's reason.
   */
  readRanges(ranges: readonly OffsetRange[], options?: ReadOptions): AsyncGenerator<FetchedBatch, void, undefined>;
  close(): Promise<void>;
}
