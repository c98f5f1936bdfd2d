import { fetchV13, type Connection } from '@platformatic/kafka';
import type { IsolationLevel } from './kafka-reader.ts';
import { WireReader } from './wire-reader.ts';

const fetchApiKey = 1;
/** The first version that names topics by id (KIP-516), and one that all brokers from 3.1 to 4.x speak. */
const fetchApiVersion = 13;
/** Sessionless (KIP-227): the response holds every partition asked for. */
const noSession = { id: 0, epoch: -1 };
const noLastFetchedEpoch = -1;
const minBytes = 1;
/** Ranges end below the last stable offset, so that there is nothing to wait for but a lagging broker. */
const maxWaitMs = 500;

export interface FetchTarget {
  readonly partition: number;
  readonly leaderEpoch: number;
  readonly fetchOffset: bigint;
  readonly maxBytes: number;
}

export interface FetchRequest {
  readonly topicId: string;
  /** In order of preference: the broker exceeds `maxBytes` for the first one that has data, and for no other. */
  readonly targets: readonly FetchTarget[];
  readonly isolationLevel: IsolationLevel;
  readonly maxBytes: number;
}

export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

export interface FetchedPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: bigint;
  readonly lastStableOffset: bigint;
  readonly abortedTransactions: readonly AbortedTransaction[];
  /** Record batches as they are on disk; the last one may be cut off. */
  readonly recordBatches: Buffer;
}

export interface FetchResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly partitions: readonly FetchedPartition[];
}

/** Sends one fetch of one topic's partitions. The response is parsed here so that record batches stay bytes. */
export function sendFetch(connection: Connection, request: FetchRequest): Promise<FetchResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<FetchResponse>();
  connection.send<FetchResponse>(
    fetchApiKey,
    fetchApiVersion,
    () => encodeFetch(request),
    (_correlationId, _apiKey, _apiVersion, reader) => parseFetchResponse(reader.buffer.slice(reader.position)),
    true,
    true,
    (error, response) => {
      if (response) resolve(response);
      else reject(error ?? new Error('empty fetch response'));
    },
  );
  return promise;
}

function encodeFetch(request: FetchRequest): ReturnType<typeof fetchV13.createRequest> {
  const isolation = request.isolationLevel === 'read_committed' ? 1 : 0;
  const partitions = request.targets.map((target) => ({
    partition: target.partition,
    currentLeaderEpoch: target.leaderEpoch,
    fetchOffset: target.fetchOffset,
    lastFetchedEpoch: noLastFetchedEpoch,
    partitionMaxBytes: target.maxBytes,
  }));
  const topics = [{ topicId: request.topicId, partitions }];
  const { id, epoch } = noSession;
  return fetchV13.createRequest(maxWaitMs, minBytes, request.maxBytes, isolation, id, epoch, topics, [], '');
}

/** Fetch Response (Version: 13), without its header. */
export function parseFetchResponse(bytes: Buffer): FetchResponse {
  const reader = new WireReader(bytes);
  const throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  reader.int32(); // session_id
  const topics = reader.compactArray(() => {
    reader.uuid();
    const partitions = reader.compactArray(() => parsePartition(reader));
    reader.skipTags();
    return partitions;
  });
  return { throttleTimeMs, errorCode, partitions: topics.flat() };
}

function parsePartition(reader: WireReader): FetchedPartition {
  const partition = reader.int32();
  const errorCode = reader.int16();
  const highWatermark = reader.int64();
  const lastStableOffset = reader.int64();
  reader.int64(); // log_start_offset
  const abortedTransactions = reader.compactArray(() => {
    const aborted = { producerId: reader.int64(), firstOffset: reader.int64() };
    reader.skipTags();
    return aborted;
  });
  reader.int32(); // preferred_read_replica
  const recordBatches = reader.compactBytes();
  reader.skipTags();
  return { partition, errorCode, highWatermark, lastStableOffset, abortedTransactions, recordBatches };
}
