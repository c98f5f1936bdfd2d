import type { Admin } from 'kafkajs';
import { kafkaJsFailure, openKafkaJs } from '../kafka/kafkajs-client.ts';
import { BronzeError } from '../errors.ts';

export interface TopicToCreate {
  readonly name: string;
  readonly partitions: number;
}

/** Creates the topics that do not exist yet, and waits until all have leaders. Returns the names of the new ones. */
export async function createTopics(admin: Admin, topics: readonly TopicToCreate[]): Promise<string[]> {
  const existing = new Set(await admin.listTopics());
  const missing = topics.filter(({ name }) => !existing.has(name));
  if (missing.length > 0) {
    // Somebody else may create the same topics just now: then kafkajs answers false, which is as good.
    await admin.createTopics({
      topics: missing.map(({ name, partitions }) => ({ topic: name, numPartitions: partitions })),
      waitForLeaders: true,
    });
  }
  return missing.map(({ name }) => name);
}

/** Partitions of each topic. Throws TOPIC_NOT_FOUND. */
export async function partitionCounts(admin: Admin, topics: readonly TopicToCreate[]): Promise<Map<string, number>> {
  const { topics: found } = await admin.fetchTopicMetadata({ topics: topics.map(({ name }) => name) });
  const counts = new Map(found.map(({ name, partitions }) => [name, partitions.length]));
  const missing = topics.find(({ name }) => !counts.has(name));
  if (missing) throw new BronzeError('TOPIC_NOT_FOUND', `topic ${missing.name} does not exist`);
  return counts;
}

/** `createTopics` on a cluster by its address. Throws KAFKA_UNAVAILABLE. */
export async function createTopicsAt(
  bootstrapServers: readonly string[],
  topics: readonly TopicToCreate[],
): Promise<string[]> {
  const admin = openKafkaJs({ bootstrapServers }).admin();
  try {
    await admin.connect();
    return await createTopics(admin, topics);
  } catch (error) {
    throw kafkaJsFailure(error, 'create topics');
  } finally {
    await admin.disconnect();
  }
}
