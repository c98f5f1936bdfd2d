/** A Kafka offset as a decimal string, the form in which it crosses JSON without losing digits. */
export type Offset = `${bigint}`;

/** One partition of one incarnation of a topic. `topicId` (a UUID) tells a recreated topic from its predecessor. */
export interface TopicPartition {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
}

/** Offsets `[startOffset, endOffset)` of one topic partition. */
export interface OffsetRange extends TopicPartition {
  readonly startOffset: Offset;
  readonly endOffset: Offset;
}

export function toOffset(value: bigint | number): Offset {
  return `${BigInt(value)}`;
}

/** How many offsets a range spans; transaction markers and compacted offsets included. */
export function offsetCount(range: Pick<OffsetRange, 'startOffset' | 'endOffset'>): bigint {
  return BigInt(range.endOffset) - BigInt(range.startOffset);
}

/** `gps_pings/3 [100, 250)`: the form used in messages, summaries and logs. */
export function formatRange(range: Pick<OffsetRange, 'topic' | 'partition' | 'startOffset' | 'endOffset'>): string {
  return `${range.topic}/${range.partition} [${range.startOffset}, ${range.endOffset})`;
}
