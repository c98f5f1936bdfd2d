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
}

const absentTopic: ReadonlySet<string> = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION']);

/** Asks the cluster, creating nothing. `null` asks for all topics; topics that do not exist are left out. */
export async function fetchMetadata(
  connections: BrokerConnections,
  topics: readonly string[] | null,
): Promise<ClusterMetadata> {
  const response = await connections.onAnyBroker((connection) =>
    withPartialErrors(metadataV12.api.async(connection, topics && [...topics], false, false)),
  );
  const found = new Map<string, TopicMetadata>();
  for (const topic of response.topics) {
    if (typeof topic.name !== 'string' || absentTopic.has(protocolErrorName(topic.errorCode))) continue;
    if (topic.errorCode !== 0 && topic.partitions.length === 0) {
      throw protocolFailure(topic.errorCode, `metadata of topic ${topic.name}`);
    }
    const partitions = topic.partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex);
    found.set(topic.name, {
      name: topic.name,
      topicId: topic.topicId,
      isInternal: topic.isInternal,
      leaders: new Map(partitions.map((p) => [p.partitionIndex, { nodeId: p.leaderId, leaderEpoch: p.leaderEpoch }])),
    });
  }
  return { brokers: new Map(response.brokers.map((b) => [b.nodeId, { host: b.host, port: b.port }])), topics: found };
}

/** Throws TOPIC_NOT_FOUND. */
export function topicOf(metadata: ClusterMetadata, name: string): TopicMetadata {
  const topic = metadata.topics.get(name);
  if (!topic) throw new BronzeError('TOPIC_NOT_FOUND', `topic ${name} does not exist`);
  return topic;
}
