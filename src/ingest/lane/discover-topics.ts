import { BronzeError } from '../../errors.ts';
import type { JobSpec } from '../../model/job/job-spec.ts';
import type { Connections } from '../connections.ts';

/** The topics of a job, as they are now. Throws TOPIC_NOT_FOUND, which is retried, while one of them does not exist. */
export async function discoverTopics(connections: Connections, spec: JobSpec): Promise<readonly string[]> {
  const { topics } = spec.source;
  const kafka = connections.kafka(spec.source);
  const servers = spec.source.bootstrapServers.join(',');
  switch (topics.kind) {
    case 'pattern': {
      const matching = await kafka.matchTopics(topics.pattern);
      if (matching.length > 0) return matching;
      throw new BronzeError('TOPIC_NOT_FOUND', `no topic on ${servers} matches ${topics.pattern}`);
    }
    case 'list': {
      const known = await kafka.describeTopics(topics.topics);
      const missing = topics.topics.filter((topic) => !known.has(topic));
      if (missing.length === 0) return topics.topics;
      throw new BronzeError('TOPIC_NOT_FOUND', `no topic named ${missing.join(', ')} on ${servers}`);
    }
  }
}
