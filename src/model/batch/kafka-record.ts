/** A record as it was fetched: bytes and coordinates, nothing decoded. */
export interface KafkaRecord {
  readonly partition: number;
  readonly offset: bigint;
  /** Milliseconds since the epoch; the broker's clock where the topic uses LogAppendTime. */
  readonly timestampMs: bigint;
  readonly timestampType: 'CreateTime' | 'LogAppendTime';
  /** Of the leader that appended the record; absent where the broker does not say. */
  readonly leaderEpoch?: number | undefined;
  readonly key: Uint8Array | null;
  /** `null` is a tombstone; an empty value has length 0. */
  readonly value: Uint8Array | null;
  readonly headers: readonly (readonly [key: Uint8Array, value: Uint8Array | null])[];
}
