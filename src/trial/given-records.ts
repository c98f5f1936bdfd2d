import type { TransformOptions } from '../ingest/transform/transform-group.ts';
import type { KafkaRecord } from '../model/batch/kafka-record.ts';
import { toOffset, type OffsetRange } from '../model/batch/offset-range.ts';

type RecordReader = ReturnType<NonNullable<TransformOptions['openReader']>>;

/** A reader of records that are at hand, in the place of Kafka. */
export function readerOf(records: readonly KafkaRecord[]): RecordReader {
  return {
    async *readRanges(ranges) {
      for (const { partition, endOffset } of ranges) {
        const own = records.filter((record) => record.partition === partition);
        const bytes = own.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0);
        yield await Promise.resolve({ partition, records: own, dropped: {}, nextOffset: BigInt(endOffset), bytes });
      }
    },
    close: () => Promise.resolve(),
  };
}

/** The ranges that the records fill, one per topic partition. */
export function rangesOf(topic: string, records: readonly KafkaRecord[]): readonly OffsetRange[] {
  const byPartition = Map.groupBy(records, ({ partition }) => partition);
  return [...byPartition].map(([partition, own]) => {
    const [first, last] = [own[0]?.offset ?? 0n, own.at(-1)?.offset ?? -1n];
    return { topic, topicId: 'given', partition, startOffset: toOffset(first), endOffset: toOffset(last + 1n) };
  });
}
