import { openKafka } from '../kafka/open-kafka.ts';

/**
 * The index behind the samples that each topic holds: as many as were ever sent to it, since a sample is one record.
 * Those that retention has removed count; other people's records too, which leaves a gap and repeats nothing.
 * Throws KAFKA_UNAVAILABLE.
 */
export async function endIndices(
  bootstrapServers: readonly string[],
  topics: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const kafka = openKafka({ bootstrapServers });
  try {
    const indices = new Map<string, number>();
    for (const topic of topics) {
      const ends = await kafka.listOffsets(topic, { at: 'latest', isolation: 'read_uncommitted' });
      indices.set(topic, Number([...ends.values()].reduce((sum, end) => sum + end, 0n)));
    }
    return indices;
  } finally {
    await kafka.close();
  }
}
