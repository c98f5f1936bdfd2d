import { randomUUID } from 'node:crypto';
import { produceSamples } from '../../src/samples/producer.ts';
import type { SampleDefect } from '../../src/samples/sample-event.ts';
import { sampleRecord } from '../../src/samples/sample-records.ts';
import { sampleTopics, type SampleTopic } from '../../src/samples/topics.ts';
import type { TestKafka } from './kafka.ts';

const seed = 42;

/** Samples in one topic of a test's own. */
export interface SampledTopic {
  /** Without the prefix of the test. */
  readonly sample: SampleTopic['name'];
  /** In Kafka. */
  readonly name: string;
  readonly records: number;
  /** Records that were made wrong on purpose, by what is wrong with them. */
  readonly defects: Readonly<Partial<Record<SampleDefect, number>>>;
}

export interface SampleSetOptions {
  readonly job: SampleTopic['job'];
  readonly records: number;
  /** Of an earlier call, to send more to the same topics. */
  readonly prefix?: string;
  readonly firstIndex?: number;
}

export interface SampleSet {
  readonly prefix: string;
  /** In the order of the shipped job. */
  readonly topics: readonly SampledTopic[];
}

/** Sends samples, dirty ones among them, to topics of a test's own that stand for those of a shipped job. */
export async function sendSamples(kafka: TestKafka, options: SampleSetOptions): Promise<SampleSet> {
  const { job, records, prefix = `test-${randomUUID().slice(0, 8)}-`, firstIndex = 0 } = options;
  const topics = sampleTopics.filter((topic) => topic.job === job);
  kafka.own(topics.map(({ name }) => `${prefix}${name}`));
  const { bootstrapServers } = kafka;
  const sent = await produceSamples({ bootstrapServers, topics, topicPrefix: prefix, records, seed, firstIndex });
  return {
    prefix,
    topics: topics.map(({ name: sample }) => {
      const name = `${prefix}${sample}`;
      const count = sent.byTopic[name] ?? 0;
      return { sample, name, records: count, defects: countDefects(sample, firstIndex, count) };
    }),
  };
}

function countDefects(sample: SampleTopic['name'], firstIndex: number, count: number): SampledTopic['defects'] {
  const counts: Partial<Record<SampleDefect, number>> = {};
  for (let index = firstIndex; index < firstIndex + count; index += 1) {
    const { defect } = sampleRecord(sample, seed, index);
    if (defect !== undefined) counts[defect] = (counts[defect] ?? 0) + 1;
  }
  return counts;
}
