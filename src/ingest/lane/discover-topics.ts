import { BronzeError } from '../../errors.ts';
import type { JobSpec } from '../../model/job/job-spec.ts';
import type { Connections } from '../connections.ts';

/** Lanes of a job share a history; the server takes 2,000 children at a time, and ends a workflow at 51,200 events. */
export const maxTopicsPerJob = 1000;

/**
 * The topics of a job, as they are now. Throws TOPIC_NOT_FOUND, which is retried, while one of them does not exist, and
 * SPEC_INVALID where there are more than a job can hold.
 */
export async function discoverTopics(connections: Connections, spec: JobSpec): Promise<readonly string[]> {
  const topics = await findTopics(connections, spec);
  if (topics.length <= maxTopicsPerJob) return topics;
  throw new BronzeError(
    'SPEC_INVALID',
    `the job reads ${String(topics.length)} topics, and a job can hold ${String(maxTopicsPerJob)}: ` +
      'make it several jobs, each with a part of the topics',
  );
}

async function findTopics(connections: Connections, spec: JobSpec): Promise<readonly string[]> {
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
