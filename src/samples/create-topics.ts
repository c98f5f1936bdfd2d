import { setTimeout as delay } from 'node:timers/promises';
import kafkajs, { type Admin } from 'kafkajs';
import { kafkaJsFailure, openKafkaJs, requestRetry } from '../kafka/kafkajs-client.ts';
import { BronzeError } from '../errors.ts';

export interface TopicToCreate {
  readonly name: string;
  readonly partitions: number;
}

/** Of a cluster that is busy: usually it takes a tenth of a second. */
const topicTimeoutMs = 60_000;

/** Creates the topics that do not exist yet, and waits until all have leaders. Returns the names of the new ones. */
export async function createTopics(admin: Admin, topics: readonly TopicToCreate[]): Promise<string[]> {
  const existing = new Set(await admin.listTopics());
  const missing = topics.filter(({ name }) => !existing.has(name));
  if (missing.length > 0) {
    // Somebody else may create the same topics just now: then kafkajs answers false, which is as good.
    await admin.createTopics({
      topics: missing.map(({ name, partitions }) => ({ topic: name, numPartitions: partitions })),
      waitForLeaders: false,
      timeout: topicTimeoutMs,
    });
    await untilLeaders(
      admin,
      missing.map(({ name }) => name),
    );
  }
  return missing.map(({ name }) => name);
}

/**
 * Waits until new topics can be written to. The broker that is asked may not have heard of them yet, which kafkajs's own wait
 * takes for a failure. Throws KAFKA_UNAVAILABLE.
 */
export async function untilLeaders(admin: Admin, names: readonly string[]): Promise<void> {
  const giveUpAtMs = Date.now() + topicTimeoutMs;
  for (;;) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [...names] });
      if (topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0))) return;
    } catch (error) {
      if (!isNewsOnItsWay(error)) throw error;
    }
    if (Date.now() >= giveUpAtMs) throw new BronzeError('KAFKA_UNAVAILABLE', `no leaders of ${names.join(', ')}`);
    await delay(20);
  }
}

function isNewsOnItsWay(error: unknown): boolean {
  const { cause = error } = error instanceof Error ? error : {};
  return (
    cause instanceof kafkajs.KafkaJSProtocolError &&
    ['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE'].includes(cause.type)
  );
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
  const admin = openKafkaJs({ bootstrapServers }).admin({ retry: requestRetry });
  try {
    await admin.connect();
    return await createTopics(admin, topics);
  } catch (error) {
    throw kafkaJsFailure(error, 'create topics');
  } finally {
    await admin.disconnect();
  }
}
