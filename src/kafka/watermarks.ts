import { setTimeout as delay } from 'node:timers/promises';
import { listOffsetsV7, type Broker } from '@platformatic/kafka';
import { BronzeError } from '../errors.ts';
import { withPartialErrors, type BrokerConnections } from './broker-connections.ts';
import { fetchMetadata, topicOf, type ClusterMetadata, type TopicMetadata } from './cluster-metadata.ts';
import { isTransient, kafkaFailure, protocolErrorName, protocolFailure } from './kafka-errors.ts';
import type { IsolationLevel, OffsetQuery } from './kafka-reader.ts';

/** The special timestamps of ListOffsets. */
const latestTimestamp = -1n;
const earliestTimestamp = -2n;
const consumerReplicaId = -1;
const retryDelayMs = 100;

export interface WatermarkRequest {
  readonly topic: string;
  /** All partitions of the topic unless given. */
  readonly partitions?: readonly number[];
  readonly query: OffsetQuery;
  readonly retryTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Offset by partition, from the leaders; waits for elections in progress. Throws TOPIC_NOT_FOUND, KAFKA_UNAVAILABLE. */
export async function fetchWatermarks(
  connections: BrokerConnections,
  request: WatermarkRequest,
): Promise<Map<number, bigint>> {
  const { topic, query } = request;
  const isolation = query.isolation ?? 'read_committed';
  const offsets = await fetchOffsets(connections, request, timestampOf(query), isolation);
  const beyond = [...offsets].filter(([, offset]) => offset < 0n).map(([partition]) => partition);
  if (beyond.length > 0) {
    const latest = await fetchOffsets(connections, { ...request, partitions: beyond }, latestTimestamp, isolation);
    for (const [partition, offset] of latest) offsets.set(partition, offset);
  }
  if (offsets.size === 0) throw new BronzeError('TOPIC_NOT_FOUND', `topic ${topic} has no such partitions`);
  return new Map([...offsets].toSorted(([a], [b]) => a - b));
}

function timestampOf({ at }: OffsetQuery): bigint {
  if (at === 'earliest') return earliestTimestamp;
  return at === 'latest' ? latestTimestamp : BigInt(at.timestampMs);
}

async function fetchOffsets(
  connections: BrokerConnections,
  request: WatermarkRequest,
  timestamp: bigint,
  isolation: IsolationLevel,
): Promise<Map<number, bigint>> {
  const giveUpAtMs = Date.now() + request.retryTimeoutMs;
  const offsets = new Map<number, bigint>();
  for (;;) {
    request.signal?.throwIfAborted();
    const metadata = await fetchMetadata(connections, [request.topic]);
    const topic = topicOf(metadata, request.topic);
    const missing = (request.partitions ?? [...topic.leaders.keys()]).filter((p) => !offsets.has(p));
    const failures = await askLeaders(connections, metadata, topic, missing, timestamp, isolation, offsets);
    const worst = failures.find((failure) => !failure.retryable) ?? failures[0];
    if (!worst) return offsets;
    if (!worst.retryable || Date.now() >= giveUpAtMs) throw worst;
    await delay(retryDelayMs);
  }
}

/** One request to each leader, at the same time. Fills `offsets` and returns what failed. */
async function askLeaders(
  connections: BrokerConnections,
  metadata: ClusterMetadata,
  topic: TopicMetadata,
  partitions: readonly number[],
  timestamp: bigint,
  isolation: IsolationLevel,
  offsets: Map<number, bigint>,
): Promise<BronzeError[]> {
  const failures: BronzeError[] = [];
  const ask = async (broker: Broker, ofBroker: readonly number[]): Promise<void> => {
    const connection = await connections.to(broker);
    const response = await withPartialErrors(
      listOffsetsV7.api.async(connection, consumerReplicaId, isolation === 'read_committed' ? 1 : 0, [
        {
          name: topic.name,
          partitions: ofBroker.map((partitionIndex) => ({
            partitionIndex,
            currentLeaderEpoch: topic.leaders.get(partitionIndex)?.leaderEpoch ?? -1,
            timestamp,
          })),
        },
      ]),
    );
    for (const { partitionIndex, errorCode, offset } of response.topics.flatMap((t) => t.partitions)) {
      const doing = `offsets of ${topic.name}/${partitionIndex}`;
      if (errorCode === 0) offsets.set(partitionIndex, offset);
      else if (isTransient(protocolErrorName(errorCode))) failures.push(unavailable(errorCode, doing));
      else failures.push(protocolFailure(errorCode, doing));
    }
  };

  const byLeader = Map.groupBy(partitions, (partition) => topic.leaders.get(partition)?.nodeId ?? -1);
  await Promise.all(
    [...byLeader].map(async ([nodeId, ofBroker]) => {
      const broker = metadata.brokers.get(nodeId);
      const doing = `offsets of ${topic.name}`;
      if (!broker) {
        failures.push(new BronzeError('KAFKA_UNAVAILABLE', `${doing}/${ofBroker.join(',')}: no leader`));
        return;
      }
      try {
        await ask(broker, ofBroker);
      } catch (error) {
        failures.push(kafkaFailure(error, doing));
      }
    }),
  );
  return failures;
}

function unavailable(errorCode: number, doing: string): BronzeError {
  return new BronzeError('KAFKA_UNAVAILABLE', `${doing}: the broker answered ${protocolErrorName(errorCode)}`);
}
