import { setTimeout as delay } from 'node:timers/promises';
import type { Broker } from '@platformatic/kafka';
import { BronzeError } from '../errors.ts';
import type { ClusterLookups } from './cluster-lookups.ts';
import { topicOf, type ClusterMetadata, type TopicMetadata } from './cluster-metadata.ts';
import { isTransient, kafkaFailure, protocolErrorName, protocolFailure } from './kafka-errors.ts';
import type { IsolationLevel, OffsetQuery } from './kafka-reader.ts';

/** The special timestamps of ListOffsets. */
const latestTimestamp = -1n;
const earliestTimestamp = -2n;
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
  lookups: ClusterLookups,
  request: WatermarkRequest,
): Promise<Map<number, bigint>> {
  const { topic, query } = request;
  const isolation = query.isolation ?? 'read_committed';
  const offsets = await fetchOffsets(lookups, request, timestampOf(query), isolation);
  const beyond = [...offsets].filter(([, offset]) => offset < 0n).map(([partition]) => partition);
  if (beyond.length > 0) {
    const latest = await fetchOffsets(lookups, { ...request, partitions: beyond }, latestTimestamp, isolation);
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
  lookups: ClusterLookups,
  request: WatermarkRequest,
  timestamp: bigint,
  isolation: IsolationLevel,
): Promise<Map<number, bigint>> {
  const giveUpAtMs = Date.now() + request.retryTimeoutMs;
  const offsets = new Map<number, bigint>();
  for (;;) {
    request.signal?.throwIfAborted();
    const metadata = await lookups.metadataOf(request.topic);
    const topic = topicOf(metadata, request.topic);
    const missing = (request.partitions ?? [...topic.leaders.keys()]).filter((p) => !offsets.has(p));
    const failures = await askLeaders(lookups, metadata, topic, missing, timestamp, isolation, offsets);
    const worst = failures.find((failure) => !failure.retryable) ?? failures[0];
    if (!worst) return offsets;
    if (!worst.retryable || Date.now() >= giveUpAtMs) throw worst;
    await delay(retryDelayMs);
  }
}

/** One request to each leader, at the same time. Fills `offsets` and returns what failed. */
async function askLeaders(
  lookups: ClusterLookups,
  metadata: ClusterMetadata,
  topic: TopicMetadata,
  partitions: readonly number[],
  timestamp: bigint,
  isolation: IsolationLevel,
  offsets: Map<number, bigint>,
): Promise<BronzeError[]> {
  const failures: BronzeError[] = [];
  const ask = async (broker: Broker, ofBroker: readonly number[]): Promise<void> => {
    const epochs = new Map(ofBroker.map((partition) => [partition, topic.leaders.get(partition)?.leaderEpoch ?? -1]));
    const answers = await lookups.offsetsOf(topic.name, epochs, { leader: broker, timestamp, isolation });
    for (const partition of ofBroker) {
      const doing = `offsets of ${topic.name}/${partition}`;
      const answer = answers.get(partition);
      if (!answer) failures.push(new BronzeError('KAFKA_UNAVAILABLE', `${doing}: the broker does not say`));
      else if (answer.errorCode === 0) offsets.set(partition, answer.offset);
      else if (isTransient(protocolErrorName(answer.errorCode))) failures.push(unavailable(answer.errorCode, doing));
      else failures.push(protocolFailure(answer.errorCode, doing));
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
