import type { Fault } from './fault.ts';

const addPartitions: Fault = {
  name: 'add topic partitions',
  weight: 1,
  applies: ({ topics }) => topics.some(({ partitions }) => partitions < 6),
  async run({ kafka, topics, timeline }, random) {
    const topic = random.pick(topics.filter(({ partitions }) => partitions < 6));
    const count = topic.partitions + 1;
    timeline.note(`topic ${topic.name} grows to ${String(count)} topic partitions`);
    await kafka.admin.createPartitions({ topicPartitions: [{ topic: topic.name, count }], timeout: 20_000 });
    topic.partitions = count;
  },
};

export const topicFaults: readonly Fault[] = [addPartitions];
