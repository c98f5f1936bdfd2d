import { BronzeError } from '../../errors.ts';
import type { KafkaReader } from '../../kafka/kafka-reader.ts';
import type { PartitionOffset } from '../../model/batch/batch.ts';
import type { KafkaSource, OffsetPosition } from '../../model/job/job-spec.ts';
import { toOffset, type Offset } from '../../model/batch/offset-range.ts';

/** Earliest and end offset of every partition of a topic. */
export interface TopicBounds {
  readonly earliest: ReadonlyMap<number, bigint>;
  readonly latest: ReadonlyMap<number, bigint>;
}

export async function fetchBounds(kafka: KafkaReader, source: KafkaSource, topic: string): Promise<TopicBounds> {
  const isolation = source.isolationLevel;
  const [earliest, latest] = await Promise.all([
    kafka.listOffsets(topic, { at: 'earliest', isolation }),
    kafka.listOffsets(topic, { at: 'latest', isolation }),
  ]);
  return { earliest, latest };
}

/**
 * The offset of each partition at a position. Partitions that a JSON position does not name start at the earliest
 * offset. An offset outside of what Kafka has is refused with `OFFSETS_LOST`, never moved silently.
 */
export async function resolvePosition(
  kafka: KafkaReader,
  source: KafkaSource,
  topic: string,
  position: OffsetPosition,
): Promise<readonly PartitionOffset[]> {
  const bounds = await fetchBounds(kafka, source, topic);
  switch (position.kind) {
    case 'earliest':
      return toPositions(bounds.earliest);
    case 'latest':
      return toPositions(bounds.latest);
    case 'timestamp':
      return toPositions(
        await kafka.listOffsets(topic, { at: { timestampMs: position.timestampMs }, isolation: source.isolationLevel }),
      );
    case 'offsets': {
      // Offsets beyond the last stable one are there, though they cannot be read yet.
      const logEnds = await kafka.listOffsets(topic, { at: 'latest', isolation: 'read_uncommitted' });
      return [...bounds.earliest.keys()].map((partition) => ({
        partition,
        offset: namedOffset(topic, partition, position.offsets[topic]?.[String(partition)] ?? 'earliest', {
          ...bounds,
          logEnds,
        }),
      }));
    }
  }
}

function namedOffset(
  topic: string,
  partition: number,
  wanted: Offset | 'earliest' | 'latest',
  bounds: TopicBounds & { readonly logEnds: ReadonlyMap<number, bigint> },
): Offset {
  const earliest = bounds.earliest.get(partition) ?? 0n;
  const latest = bounds.latest.get(partition) ?? earliest;
  if (wanted === 'earliest') return toOffset(earliest);
  if (wanted === 'latest') return toOffset(latest);
  const offset = BigInt(wanted);
  const logEnd = bounds.logEnds.get(partition) ?? latest;
  if (offset < earliest || offset > logEnd) {
    throw new BronzeError(
      'OFFSETS_LOST',
      `${topic}/${String(partition)}: offset ${wanted} is outside of what Kafka has, ` +
        `[${String(earliest)}, ${String(logEnd)}]`,
    );
  }
  return wanted;
}

function toPositions(offsets: ReadonlyMap<number, bigint>): readonly PartitionOffset[] {
  return [...offsets].map(([partition, offset]) => ({ partition, offset: toOffset(offset) }));
}
