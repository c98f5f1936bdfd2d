import kafkajs from 'kafkajs';
import type { KafkaSource } from '../model/job/job-spec.ts';
import { openKafkaJs } from './kafkajs-client.ts';

/** What decides how long a record stays, by its timestamp. */
export interface TopicRetention {
  readonly topic: string;
  /** Records with older timestamps may be deleted at any moment; absent where their age does not matter. */
  readonly retentionMs?: number;
}

/** As the brokers say it. Where they do not, as they need not tell everybody, there is no bound. */
export async function topicRetentions(
  source: Pick<KafkaSource, 'bootstrapServers' | 'security'>,
  topics: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<readonly TopicRetention[]> {
  // Not a named export that Node can see.
  const { TOPIC: type } = kafkajs.ConfigResourceTypes;
  const admin = openKafkaJs(source, env).admin();
  const configNames = ['retention.ms', 'cleanup.policy', 'message.timestamp.type'];
  try {
    await admin.connect();
    const { resources } = await admin.describeConfigs({
      resources: topics.map((name) => ({ type, name, configNames })),
      includeSynonyms: false,
    });
    return resources.map(({ resourceName: topic, configEntries }) => {
      const valueOf = (name: string): string =>
        configEntries.find(({ configName }) => configName === name)?.configValue ?? '';
      const retentionMs = Number(valueOf('retention.ms'));
      // Where the broker's clock counts, records are as new as they are sent.
      const goesByAge =
        valueOf('cleanup.policy').includes('delete') && valueOf('message.timestamp.type') === 'CreateTime';
      return goesByAge && retentionMs > 0 ? { topic, retentionMs } : { topic };
    });
  } catch {
    return topics.map((topic) => ({ topic }));
  } finally {
    await admin.disconnect();
  }
}
