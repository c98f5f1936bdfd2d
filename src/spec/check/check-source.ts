import type { TopicSelection } from '../../model/job/job-spec.ts';
import { didYouMean } from '../../model/nearest-name.ts';
import type { JobYaml } from '../yaml/job-yaml.ts';
import type { ReportProblem } from '../document/spec-problem.ts';

/** What the keys of `source` may not say together; gives the topics that it names. */
export function checkSource(source: JobYaml['source'], report: ReportProblem): TopicSelection | undefined {
  const topics = topicsOf(source, report);
  if (topics !== undefined) checkOffsetTopics(source, topics, report);
  return topics;
}

function topicsOf({ topics, topicPattern }: JobYaml['source'], report: ReportProblem): TopicSelection | undefined {
  if (topics !== undefined && topicPattern !== undefined) {
    report(['source', 'topicPattern'], 'topics and topicPattern exclude each other; keep one of them');
    return undefined;
  }
  if (topicPattern !== undefined) return { kind: 'pattern', pattern: topicPattern };
  if (topics === undefined) {
    report(['source', 'topics'], 'missing; expected topics or topicPattern, or KAFKA_TOPIC in the environment');
    return undefined;
  }
  const repeated = topics.find((topic, index) => topics.indexOf(topic) < index);
  if (repeated !== undefined) report(['source', 'topics'], `the topic ${repeated} is there twice`);
  return { kind: 'list', topics };
}

function checkOffsetTopics(source: JobYaml['source'], topics: TopicSelection, report: ReportProblem): void {
  if (source.startingOffsets.kind !== 'offsets') return;
  for (const topic of Object.keys(source.startingOffsets.offsets)) {
    if (isSubscribed(topic, topics)) continue;
    const hint = topics.kind === 'list' ? didYouMean(topic, topics.topics) : '';
    report(['source', 'startingOffsets'], `has offsets of ${topic}, which is none of the job's topics${hint}`);
  }
}

function isSubscribed(topic: string, topics: TopicSelection): boolean {
  if (topics.kind === 'list') return topics.topics.includes(topic);
  return new RegExp(`^(?:${topics.pattern})$`).test(topic);
}
