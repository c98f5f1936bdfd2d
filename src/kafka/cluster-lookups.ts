import { listOffsetsV7, type Broker } from '@platformatic/kafka';
import { withPartialErrors, type BrokerConnections } from './broker-connections.ts';
import { fetchMetadata, type ClusterMetadata } from './cluster-metadata.ts';
import { JoinedRequests } from './joined-requests.ts';
import type { IsolationLevel } from './kafka-reader.ts';

/** Leader epochs by partition: which partitions are asked about, and as of which election. */
export type LeaderEpochs = ReadonlyMap<number, number>;

/** An offset by partition, or the error that the broker answers with. */
export type PartitionOffsets = ReadonlyMap<number, { readonly errorCode: number; readonly offset: bigint }>;

export interface LeaderQuery {
  readonly leader: Broker;
  /** A time in milliseconds, or one of the special values of ListOffsets. */
  readonly timestamp: bigint;
  readonly isolation: IsolationLevel;
}

const consumerReplicaId = -1;

/**
 * What the lanes of a process ask a cluster again and again: hundreds of topics that are looked at every second take a
 * handful of requests. A broker that does not answer holds up nothing but the questions to itself.
 */
export class ClusterLookups {
  readonly #connections: BrokerConnections;
  readonly #metadata: JoinedRequests<true, ClusterMetadata>;
  readonly #offsets = new Map<string, JoinedRequests<LeaderEpochs, PartitionOffsets>>();

  constructor(connections: BrokerConnections) {
    this.#connections = connections;
    this.#metadata = new JoinedRequests(
      async (topics) => {
        const metadata = await fetchMetadata(connections, [...topics.keys()]);
        return new Map([...topics.keys()].map((topic) => [topic, metadata]));
      },
      () => true,
    );
  }

  /** Metadata in which the topic is, if it exists; other topics may be in it as well. Throws KAFKA_UNAVAILABLE. */
  async metadataOf(topic: string): Promise<ClusterMetadata> {
    const metadata = await this.#metadata.ask(topic, true);
    return metadata ?? fetchMetadata(this.#connections, [topic]);
  }

  /** Partitions of which the broker says nothing are absent. Throws what connecting and sending throw. */
  async offsetsOf(topic: string, epochs: LeaderEpochs, query: LeaderQuery): Promise<PartitionOffsets> {
    const { leader, timestamp, isolation } = query;
    const key = `${leader.host}:${String(leader.port)} ${String(timestamp)} ${isolation}`;
    const isUsual = timestamp < 0n;
    const known = this.#offsets.get(key);
    const requests = known ?? new JoinedRequests((asked) => this.#listOffsets(query, asked), joinEpochs);
    // Times are asked for once; there would be no end of them.
    if (!known && isUsual) this.#offsets.set(key, requests);
    return (await requests.ask(topic, epochs)) ?? new Map();
  }

  async #listOffsets(
    { leader, timestamp, isolation }: LeaderQuery,
    asked: ReadonlyMap<string, LeaderEpochs>,
  ): Promise<ReadonlyMap<string, PartitionOffsets>> {
    const connection = await this.#connections.to(leader);
    const topics = [...asked].map(([name, epochs]) => ({
      name,
      partitions: [...epochs].map(([partitionIndex, currentLeaderEpoch]) => ({
        partitionIndex,
        currentLeaderEpoch,
        timestamp,
      })),
    }));
    const isolationLevel = isolation === 'read_committed' ? 1 : 0;
    const response = await withPartialErrors(
      listOffsetsV7.api.async(connection, consumerReplicaId, isolationLevel, topics),
    );
    return new Map(
      response.topics.map(({ name, partitions }) => [
        name,
        new Map(partitions.map(({ partitionIndex, errorCode, offset }) => [partitionIndex, { errorCode, offset }])),
      ]),
    );
  }
}

/** A request may name a partition once: as of the later election, of which the other one will hear. */
function joinEpochs(one: LeaderEpochs, other: LeaderEpochs): LeaderEpochs {
  const joined = new Map(one);
  for (const [partition, epoch] of other) joined.set(partition, Math.max(epoch, joined.get(partition) ?? epoch));
  return joined;
}
