import { BronzeError } from '../errors.ts';
import type { KafkaReader } from '../kafka/kafka-reader.ts';
import { openKafka } from '../kafka/open-kafka.ts';
import { topicRetentions } from '../kafka/topic-settings.ts';
import type { ReplayPlan } from '../lake/replay-files.ts';
import type { LakeSession } from '../lake/lake-session.ts';
import type { JobSpec } from '../model/job/job-spec.ts';
import type { ReplayChoice } from '../model/requests/replay-requests.ts';
import { quoteLiteral } from '../model/pipeline/sql-text.ts';
import { selectionTable } from './choose-letters.ts';

export type ReplayTopic = ReplayPlan['topics'][number];

/** Topics of the job whose dead letters are to be sent; some may not be in Kafka any more. Throws USAGE. */
export async function sourceTopics(spec: JobSpec, { topics }: ReplayChoice): Promise<readonly string[]> {
  const { source } = spec;
  if (source.topics.kind === 'list') {
    const known = source.topics.topics;
    const stranger = topics?.find((topic) => !known.includes(topic));
    if (stranger === undefined) return topics ?? known;
    throw new BronzeError('USAGE', `${stranger} is no topic of the job ${spec.name}; it has ${known.join(', ')}`);
  }
  const { pattern } = source.topics;
  const stranger = topics?.find((topic) => !new RegExp(`^(?:${pattern})$`, 'u').test(topic));
  if (stranger !== undefined) {
    throw new BronzeError('USAGE', `${stranger} is no topic of the job ${spec.name}; its topics match ${pattern}`);
  }
  return topics ?? withKafka(spec, (kafka) => kafka.matchTopics(pattern));
}

/** Where the records of each topic go. Throws TOPIC_NOT_FOUND. */
export async function replayTargets(
  spec: JobSpec,
  topics: readonly string[],
  { toTopic }: ReplayChoice,
): Promise<readonly ReplayTopic[]> {
  if (topics.length === 0) return [];
  const names = toTopic === undefined ? topics : [toTopic];
  const found = await withKafka(spec, (kafka) => kafka.describeTopics(names));
  return topics.map((topic) => {
    const target = toTopic ?? topic;
    const description = found.get(target);
    if (description) {
      return { topic, target, targetId: description.topicId, targetPartitions: description.partitions.length };
    }
    const advice = toTopic === undefined ? '; another one can be named (--to-topic)' : '';
    throw new BronzeError('TOPIC_NOT_FOUND', `topic ${target} does not exist${advice}`);
  });
}

/** Throws TOPIC_NOT_FOUND, TOPIC_RECREATED where records sent so far are gone with the topic that they were sent to. */
export async function assertSameTargets(spec: JobSpec, planned: readonly ReplayTopic[]): Promise<void> {
  const targets = [...new Map(planned.map((topic) => [topic.target, topic])).values()];
  const found = await withKafka(spec, (kafka) => kafka.describeTopics(targets.map(({ target }) => target)));
  for (const { target, targetId } of targets) {
    const id = found.get(target)?.topicId;
    if (id === undefined) throw new BronzeError('TOPIC_NOT_FOUND', `topic ${target} does not exist any more`);
    if (id === targetId) continue;
    throw new BronzeError('TOPIC_RECREATED', `topic ${target} was deleted and created again since the replay began`);
  }
}

/** Refuses to send what Kafka may delete at once. Throws USAGE. */
export async function assertRetained(
  session: LakeSession,
  spec: JobSpec,
  topics: readonly ReplayTopic[],
): Promise<void> {
  const targets = [...new Set(topics.map(({ target }) => target))];
  for (const { topic: target, retentionMs } of await topicRetentions(spec.source, targets)) {
    if (retentionMs === undefined) continue;
    const sources = topics.filter((topic) => topic.target === target).map(({ topic }) => quoteLiteral(topic));
    const oldest = Date.now() - retentionMs;
    const reader = await session.connection.runAndReadAll(
      `SELECT count(*) FROM ${selectionTable} WHERE topic IN (${sources.join(', ')}) AND epoch_ms(timestamp) < ${oldest}`,
    );
    const expired = Number(reader.getRows()[0]?.[0]);
    if (expired === 0) continue;
    const bound = new Date(oldest).toISOString();
    throw new BronzeError(
      'USAGE',
      `${expired} of these dead letters are older than ${target} keeps records (since ${bound}), and Kafka could delete ` +
        'them again before the job has read them. Send them as new (--timestamp now), or leave them out ' +
        `(--where "timestamp >= '${bound}'")`,
    );
  }
}

async function withKafka<R>(spec: JobSpec, use: (kafka: KafkaReader) => Promise<R>): Promise<R> {
  const kafka = openKafka(spec.source);
  try {
    return await use(kafka);
  } finally {
    await kafka.close();
  }
}
