import { toOffset, type OffsetRange } from '../model/batch/offset-range.ts';
import type { IsolationLevel, KafkaReader } from './kafka-reader.ts';

/** All that a topic holds and that can be read now, one range per topic partition. @throws BronzeError TOPIC_NOT_FOUND. */
export async function topicRanges(
  kafka: KafkaReader,
  topic: string,
  isolation: IsolationLevel,
): Promise<readonly OffsetRange[]> {
  const [described, earliest, latest] = await Promise.all([
    kafka.describeTopics([topic]),
    kafka.listOffsets(topic, { at: 'earliest' }),
    kafka.listOffsets(topic, { at: 'latest', isolation }),
  ]);
  const topicId = described.get(topic)?.topicId ?? '';
  return [...latest].map(([partition, end]) => {
    const startOffset = toOffset(earliest.get(partition) ?? end);
    return { topic, topicId, partition, startOffset, endOffset: toOffset(end) };
  });
}
