import { metadataV12, type Broker } from '@platformatic/kafka';
import { BronzeError } from '../errors.ts';
import { withPartialErrors, type BrokerConnections } from './broker-connections.ts';
import { protocolErrorName, protocolFailure } from './kafka-errors.ts';

export interface PartitionLeader {
  /** −1 while there is none. */
  readonly nodeId: number;
  readonly leaderEpoch: number;
}

export interface TopicMetadata {
  readonly name: string;
  readonly topicId: string;
  readonly isInternal: boolean;
  /** By partition, ascending. */
  readonly leaders: ReadonlyMap<number, PartitionLeader>;
}

export interface ClusterMetadata {
  readonly brokers: ReadonlyMap<number, Broker>;
  readonly topics: ReadonlyMap<string, TopicMetadata>;
  /** Why nothing is known of a topic that was asked for; none where it just does not exist. */
  readonly failures: ReadonlyMap<string, BronzeError>;
}

const absentTopic: ReadonlySet<string> = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION']);

/**
 * Asks the cluster, creating nothing. `null` asks for all topics; topics that do not exist are left out. One topic's trouble is
 * not that of the others. Throws KAFKA_UNAVAILABLE and KAFKA_AUTHENTICATION.
 */
export async function fetchMetadata(
  connections: BrokerConnections,
  topics: readonly string[] | null,
): Promise<ClusterMetadata> {
  const response = await connections.onAnyBroker((connection) =>
    withPartialErrors(metadataV12.api.async(connection, topics && [...topics], false, false)),
  );
  const found = new Map<string, TopicMetadata>();
  const failures = new Map<string, BronzeError>();
  for (const topic of response.topics) {
    if (typeof topic.name !== 'string' || absentTopic.has(protocolErrorName(topic.errorCode))) continue;
    if (topic.errorCode !== 0 && topic.partitions.length === 0) {
      failures.set(topic.name, protocolFailure(topic.errorCode, `metadata of topic ${topic.name}`));
      continue;
    }
    const partitions = topic.partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex);
    found.set(topic.name, {
      name: topic.name,
      topicId: topic.topicId,
      isInternal: topic.isInternal,
      leaders: new Map(partitions.map((p) => [p.partitionIndex, { nodeId: p.leaderId, leaderEpoch: p.leaderEpoch }])),
    });
  }
  const brokers = new Map(response.brokers.map((b) => [b.nodeId, { host: b.host, port: b.port }]));
  return { brokers, topics: found, failures };
}

/** `undefined` where there is no such topic. Throws why nothing is known of it. */
export function knownTopic(metadata: ClusterMetadata, name: string): TopicMetadata | undefined {
  const failure = metadata.failures.get(name);
  if (failure) throw failure;
  return metadata.topics.get(name);
}

/** Throws TOPIC_NOT_FOUND, and why nothing is known of the topic. */
export function topicOf(metadata: ClusterMetadata, name: string): TopicMetadata {
  const topic = knownTopic(metadata, name);
  if (!topic) throw new BronzeError('TOPIC_NOT_FOUND', `topic ${name} does not exist`);
  return topic;
}
