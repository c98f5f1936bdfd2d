import { setImmediate as nextTurn } from 'node:timers/promises';
import { BronzeError } from '../errors.ts';
import { formatRange, type OffsetRange } from '../model/batch/offset-range.ts';
import { fetchMetadata, type ClusterMetadata, type TopicMetadata } from './cluster-metadata.ts';
import type { FetchedPartition } from './fetch-request.ts';
import type { FetchedBatch, ReadOptions } from './kafka-reader.ts';
import { fetchFromLeader, type FetchOutcome } from './leader-fetch.ts';
import { isTransient, protocolErrorName, protocolFailure } from './kafka-errors.ts';
import { compactedRest, decodePending, RangeCursor, type PendingOffsets } from './range-cursor.ts';
import { explainOutOfRange, isCompacted } from './range-trouble.ts';
import type { ReadContext } from './read-context.ts';
import { backOff, checkPatience, requireTopic } from './read-retry.ts';

const defaultMaxFetchBytes = 16 * 1024 * 1024;
const noLeaders: TopicMetadata['leaders'] = new Map();
/** Empty responses to a range asked for alone, below the end the broker itself names, until it is believed. */
const emptyResponsesBeforeBelieved = 5;

/** See `KafkaReader.readRanges`; the ranges are of one topic. */
export async function* readTopicRanges(
  context: ReadContext,
  ranges: readonly OffsetRange[],
  options: ReadOptions,
): AsyncGenerator<FetchedBatch, void, undefined> {
  const cursors = ranges.map((range) => new RangeCursor(range)).filter((cursor) => !cursor.isDone);
  const [first] = cursors;
  if (!first) return;
  const session = new ReadSession(context, first.range, options, cursors);
  await session.refreshMetadata();
  for (let outcome = await session.next(); outcome; outcome = await session.next()) {
    const pending = await session.settle(outcome);
    // The next fetch travels while this response is decoded and consumed.
    session.startFetches();
    for (const offsets of pending) {
      const batches = 'records' in offsets ? [offsets] : decodePending(offsets, session.readCommitted);
      for (const batch of batches) {
        yield batch;
        options.signal?.throwIfAborted();
        await nextTurn();
      }
    }
  }
}

/** One call of `readRanges`: at most one fetch per leader is under way. */
class ReadSession {
  readonly readCommitted: boolean;
  readonly #context: ReadContext;
  readonly #options: ReadOptions;
  readonly #topic: OffsetRange;
  readonly #cursors: readonly RangeCursor[];
  readonly #inFlight = new Map<number, Promise<FetchOutcome>>();
  #metadata: ClusterMetadata = { brokers: new Map(), topics: new Map(), failures: new Map() };

  constructor(context: ReadContext, topic: OffsetRange, options: ReadOptions, cursors: readonly RangeCursor[]) {
    this.#context = context;
    this.#topic = topic;
    this.#options = options;
    this.#cursors = cursors;
    this.readCommitted = options.isolationLevel !== 'read_uncommitted';
  }

  async refreshMetadata(): Promise<void> {
    this.#metadata = await fetchMetadata(this.#context.connections, [this.#topic.topic]);
    requireTopic(this.#metadata, this.#topic);
  }

  /** The next response or failure; `undefined` when all ranges are read. Rejects with the signal's reason. */
  async next(): Promise<FetchOutcome | undefined> {
    for (;;) {
      this.#options.signal?.throwIfAborted();
      this.startFetches();
      if (this.#inFlight.size > 0) break;
      const waiting = this.#cursors.filter((cursor) => !cursor.isDone);
      if (waiting.length === 0) return undefined;
      await this.#recover(waiting, new BronzeError('KAFKA_UNAVAILABLE', 'the topic partition has no leader'));
    }
    const outcome = await this.#raceWithSignal(Promise.race(this.#inFlight.values()));
    this.#inFlight.delete(outcome.nodeId);
    return outcome;
  }

  /** Sends a fetch to every leader that has none under way and whose partitions are not read to the end. */
  startFetches(): void {
    const leaders = this.#metadata.topics.get(this.#topic.topic)?.leaders ?? noLeaders;
    const waiting = this.#cursors.filter((cursor) => !cursor.isDone);
    const byLeader = Map.groupBy(waiting, (cursor) => leaders.get(cursor.range.partition)?.nodeId ?? -1);
    for (const [nodeId, candidates] of byLeader) {
      const broker = this.#metadata.brokers.get(nodeId);
      if (!broker || this.#inFlight.has(nodeId)) continue;
      const fetch = fetchFromLeader(
        this.#context.fetchConnections,
        {
          broker,
          nodeId,
          leaders,
          topicId: this.#topic.topicId,
          isolationLevel: this.readCommitted ? 'read_committed' : 'read_uncommitted',
          maxBytes: Math.ceil((this.#options.maxFetchBytes ?? defaultMaxFetchBytes) / byLeader.size),
        },
        candidates,
      );
      this.#inFlight.set(nodeId, fetch);
    }
  }

  /** Moves the cursors on, and deals with what went wrong. Returns what is there to decode. */
  async settle(outcome: FetchOutcome): Promise<(PendingOffsets | FetchedBatch)[]> {
    if (outcome.kind === 'failure') {
      await this.#recover(outcome.cursors, outcome.failure);
      return [];
    }
    const ready: (PendingOffsets | FetchedBatch)[] = [];
    const failed = new Map<RangeCursor, BronzeError>();
    const isAlone = outcome.cursors.length === 1 && outcome.response.throttleTimeMs === 0;
    for (const fetched of outcome.response.partitions) {
      const cursor = outcome.cursors.find(({ range }) => range.partition === fetched.partition);
      if (!cursor) continue;
      const pending = fetched.errorCode === 0 ? cursor.advance(fetched) : undefined;
      if (pending) ready.push(pending);
      else if (fetched.errorCode !== 0) failed.set(cursor, await this.#judge(cursor, fetched.errorCode));
      else if (isAlone && (await this.#isRestCompacted(cursor, fetched))) {
        ready.push(compactedRest(cursor));
        cursor.fetchOffset = cursor.endOffset;
      } else if (isAlone) checkPatience(cursor, emptyFailure(cursor, fetched), this.#context.retryTimeoutMs);
    }
    const [failure] = failed.values();
    if (failure) await this.#recover([...failed.keys()], failure);
    return ready;
  }

  /** The error to report if it does not pass; throws at once where it cannot pass. */
  async #judge(cursor: RangeCursor, errorCode: number): Promise<BronzeError> {
    const name = protocolErrorName(errorCode);
    const doing = `read ${formatRange(cursor.range)} at offset ${cursor.fetchOffset}`;
    if (name === 'OFFSET_OUT_OF_RANGE') return explainOutOfRange(this.#context, cursor, this.#options.signal);
    const failure = protocolFailure(errorCode, doing);
    if (!isTransient(name)) throw failure;
    return failure;
  }

  async #recover(cursors: readonly RangeCursor[], failure: BronzeError): Promise<void> {
    if (!failure.retryable && failure.code !== 'OFFSETS_LOST') throw failure;
    for (const cursor of cursors) checkPatience(cursor, failure, this.#context.retryTimeoutMs);
    await backOff(cursors, this.#options.signal);
    try {
      await this.refreshMetadata();
    } catch (error) {
      // No broker answers right now: the old leaders are asked again until patience ends.
      if (!(error instanceof BronzeError) || error.code !== 'KAFKA_UNAVAILABLE') throw error;
    }
  }

  /**
   * Nothing is left between the cursor and the end of the range: the broker, asked for this range alone, says again
   * and again that there is no record though it knows offsets beyond. Only cleaning a compacted topic does that.
   */
  async #isRestCompacted(cursor: RangeCursor, fetched: FetchedPartition): Promise<boolean> {
    const end = this.readCommitted ? fetched.lastStableOffset : fetched.highWatermark;
    if (end < cursor.endOffset || cursor.emptyResponses < emptyResponsesBeforeBelieved) return false;
    return isCompacted(this.#context, this.#topic.topic);
  }

  async #raceWithSignal<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this.#options;
    if (!signal) return promise;
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([promise, aborted]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}

function emptyFailure(cursor: RangeCursor, fetched: FetchedPartition): BronzeError {
  return new BronzeError(
    'KAFKA_UNAVAILABLE',
    `read ${formatRange(cursor.range)}: no records at offset ${cursor.fetchOffset}, though the last stable offset is ` +
      `${fetched.lastStableOffset} and the high watermark ${fetched.highWatermark}`,
  );
}
