import { crc32c } from '@platformatic/kafka';
import { BronzeError } from '../errors.ts';

/** Byte positions in a record batch (Kafka documentation, Record Batch). */
const at = {
  baseOffset: 0,
  batchLength: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  recordCount: 57,
  records: 61,
} as const;
/** `batchLength` counts the bytes behind itself. */
const batchLengthEnd = 12;

const compressionMask = 0x07;
const logAppendTimeFlag = 0x08;
const transactionalFlag = 0x10;
const controlFlag = 0x20;

/** A record batch of format v2: its header read, its records still bytes, perhaps compressed. */
export interface RecordBatch {
  readonly baseOffset: bigint;
  /** `baseOffset + lastOffsetDelta + 1`: compaction may have taken the last records, never this. */
  readonly nextOffset: bigint;
  /** `undefined` where the broker that took the batch did not know its own. */
  readonly leaderEpoch: number | undefined;
  readonly compression: number;
  readonly isLogAppendTime: boolean;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  /** Timestamp deltas count from here. */
  readonly baseTimestampMs: bigint;
  readonly maxTimestampMs: bigint;
  readonly producerId: bigint;
  readonly recordCount: number;
  /** The whole batch, as the checksum covers it. */
  readonly bytes: Buffer;
}

/** The batches of a fetch response, in order; a last one that is cut off is left out. Reads headers only. */
export function* recordBatches(bytes: Buffer): Generator<RecordBatch, void, undefined> {
  let position = 0;
  while (position + at.records <= bytes.length) {
    const end = position + batchLengthEnd + bytes.readInt32BE(position + at.batchLength);
    const magic = bytes.readInt8(position + at.magic);
    if (magic !== 2) {
      throw new BronzeError('KAFKA_PROTOCOL', `record format v${magic} (before Kafka 0.11) is not supported`);
    }
    if (end > bytes.length) return;
    yield readHeader(bytes.subarray(position, end));
    position = end;
  }
}

function readHeader(bytes: Buffer): RecordBatch {
  const baseOffset = bytes.readBigInt64BE(at.baseOffset);
  const attributes = bytes.readInt16BE(at.attributes);
  const leaderEpoch = bytes.readInt32BE(at.leaderEpoch);
  return {
    baseOffset,
    nextOffset: baseOffset + BigInt(bytes.readInt32BE(at.lastOffsetDelta)) + 1n,
    leaderEpoch: leaderEpoch < 0 ? undefined : leaderEpoch,
    compression: attributes & compressionMask,
    isLogAppendTime: (attributes & logAppendTimeFlag) !== 0,
    isTransactional: (attributes & transactionalFlag) !== 0,
    isControl: (attributes & controlFlag) !== 0,
    baseTimestampMs: bytes.readBigInt64BE(at.baseTimestamp),
    maxTimestampMs: bytes.readBigInt64BE(at.maxTimestamp),
    producerId: bytes.readBigInt64BE(at.producerId),
    recordCount: bytes.readInt32BE(at.recordCount),
    bytes,
  };
}

/** The records of a batch, still compressed. */
export function recordsSection(batch: RecordBatch): Buffer {
  return batch.bytes.subarray(at.records);
}

/** Throws KAFKA_PROTOCOL where a batch did not arrive as its producer wrote it. */
export function checkChecksum(batch: RecordBatch): void {
  const expected = batch.bytes.readUInt32BE(at.crc);
  const actual = crc32c(batch.bytes.subarray(at.attributes));
  if (expected !== actual) {
    throw new BronzeError(
      'KAFKA_PROTOCOL',
      `record batch at offset ${batch.baseOffset} is corrupt: checksum ${actual}, expected ${expected}`,
    );
  }
}

/** An abort marker (not a commit marker): the key of the one record of a control batch ends in type 0. */
export function isAbortMarker(batch: RecordBatch): boolean {
  // length, attributes, timestampDelta and offsetDelta are one byte each but for odd clocks; the key is what counts:
  // key length 4 (zig-zag 8), version INT16, type INT16 (Kafka documentation, Control Batches).
  const records = recordsSection(batch);
  let position = skipVarint(records, 0) + 1;
  position = skipVarint(records, position);
  position = skipVarint(records, position);
  position = skipVarint(records, position);
  return records.readInt16BE(position + 2) === 0;
}

function skipVarint(bytes: Buffer, start: number): number {
  let position = start;
  while ((bytes[position] ?? 0) >= 0x80) position++;
  return position + 1;
}
