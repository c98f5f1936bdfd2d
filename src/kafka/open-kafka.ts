import { BronzeError } from '../errors.ts';
import type { KafkaSource } from '../model/job/job-spec.ts';
import type { OffsetRange } from '../model/batch/offset-range.ts';
import { BrokerConnections } from './broker-connections.ts';
import { ClusterLookups } from './cluster-lookups.ts';
import { fetchMetadata, knownTopic, topicOf } from './cluster-metadata.ts';
import { connectionOptions, parseBroker } from './connection-options.ts';
import type { FetchedBatch, KafkaReader, ReadOptions } from './kafka-reader.ts';
import { readTopicRanges } from './read-ranges.ts';
import { fetchWatermarks } from './watermarks.ts';

export interface KafkaReaderSettings {
  /** Where `${VAR}` references of credentials are looked up. */
  readonly env?: NodeJS.ProcessEnv;
  readonly connectTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
  /** How long elections, lagging and unreachable brokers are borne with while nothing moves. */
  readonly retryTimeoutMs?: number;
}

/** A reader of the source's cluster. Connects on first use; throws only for settings that cannot be right. */
export function openKafka(
  source: Pick<KafkaSource, 'bootstrapServers' | 'security'>,
  settings: KafkaReaderSettings = {},
): KafkaReader {
  const { connectTimeoutMs = 5000, requestTimeoutMs = 30_000, retryTimeoutMs = 20_000 } = settings;
  const brokers = source.bootstrapServers.map(parseBroker);
  if (brokers.length === 0) throw new BronzeError('SPEC_INVALID', 'bootstrapServers names no server');
  const timeouts = { connectTimeoutMs, requestTimeoutMs };
  const options = connectionOptions(brokers, source.security, timeouts, settings.env ?? process.env);
  const connections = new BrokerConnections(brokers, options);
  const lookups = new ClusterLookups(connections);

  async function* readRanges(
    ranges: readonly OffsetRange[],
    readOptions: ReadOptions = {},
  ): AsyncGenerator<FetchedBatch, void, undefined> {
    const fetchConnections = new BrokerConnections(brokers, options);
    const context = { connections, lookups, fetchConnections, retryTimeoutMs };
    try {
      for (const ofTopic of Map.groupBy(ranges, (range) => range.topic).values()) {
        yield* readTopicRanges(context, ofTopic, readOptions);
      }
    } finally {
      await fetchConnections.close();
    }
  }

  return {
    readRanges,
    readRange: (range, readOptions) => readRanges([range], readOptions),

    async describeTopics(names) {
      const described = await Promise.all(
        names.map(async (name) => {
          const topic = knownTopic(await lookups.metadataOf(name), name);
          return topic && ([name, { topicId: topic.topicId, partitions: [...topic.leaders.keys()] }] as const);
        }),
      );
      return new Map(described.filter((topic) => topic !== undefined));
    },

    async matchTopics(pattern) {
      const whole = new RegExp(`^(?:${typeof pattern === 'string' ? pattern : pattern.source})$`, 'u');
      const metadata = await fetchMetadata(connections, null);
      const names = [...metadata.topics.keys(), ...metadata.failures.keys()].filter((name) => whole.test(name));
      return names.filter((name) => !topicOf(metadata, name).isInternal).toSorted();
    },

    listOffsets: (topic, query) => fetchWatermarks(lookups, { topic, query, retryTimeoutMs }),
    close: () => connections.close(),
  };
}
