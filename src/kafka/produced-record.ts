/** A record to be sent as it is. */
export interface ProducedRecord {
  readonly partition: number;
  readonly timestampMs: bigint;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly (readonly [key: Uint8Array, value: Uint8Array | null])[];
}

/**
 * Brokers take batches up to 1 MiB unless they are told otherwise. Batches are compressed, so that one record that is
 * larger by itself gets through where it did before.
 */
const mostBatchBytes = 512 * 1024;
/** What a record and a header take besides their bytes, at most. */
const recordOverheadBytes = 32;

/** In their order, as many at a time as one record batch may hold; a record that is larger than that is alone. */
export function* cutBatches(records: readonly ProducedRecord[]): Generator<readonly ProducedRecord[]> {
  let batch: ProducedRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = sizeOf(record);
    if (batch.length > 0 && bytes + size > mostBatchBytes) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(record);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

function sizeOf({ key, value, headers }: ProducedRecord): number {
  const ofHeaders = headers.reduce((sum, [name, content]) => sum + name.length + (content?.length ?? 0) + 10, 0);
  return recordOverheadBytes + (key?.length ?? 0) + (value?.length ?? 0) + ofHeaders;
}
