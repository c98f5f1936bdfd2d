import { compressionsAlgorithms, crc32c, type CompressionAlgorithmValue } from '@platformatic/kafka';

export interface RecordToEncode {
  /** Offset relative to the base offset; a gap before it is what compaction leaves. */
  readonly offsetDelta: number;
  readonly key?: string | null;
  readonly value?: string | null;
  readonly timestampDelta?: bigint;
  readonly headers?: readonly (readonly [string, string | null])[];
}

export interface BatchToEncode {
  readonly baseOffset: bigint;
  readonly records: readonly RecordToEncode[];
  /** Default: that of the last record; larger where compaction took the last ones. */
  readonly lastOffsetDelta?: number;
  readonly baseTimestampMs?: bigint;
  readonly maxTimestampMs?: bigint;
  readonly leaderEpoch?: number;
  readonly producerId?: bigint;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
  readonly isLogAppendTime?: boolean;
  readonly compression?: CompressionAlgorithmValue;
}

/** A record batch of format v2, written after Kafka's documentation and apart from the code that reads it. */
export function encodeRecordBatch(batch: BatchToEncode): Buffer {
  const codec = compressionsAlgorithms[batch.compression ?? 'none'];
  const records = codec.compressSync(Buffer.concat(batch.records.map(encodeRecord)));
  const bytes = Buffer.alloc(61 + records.length);
  bytes.writeBigInt64BE(batch.baseOffset, 0);
  bytes.writeInt32BE(bytes.length - 12, 8);
  bytes.writeInt32BE(batch.leaderEpoch ?? 0, 12);
  bytes.writeInt8(2, 16); // magic
  const flags = (batch.isLogAppendTime ? 0x08 : 0) | (batch.isTransactional ? 0x10 : 0) | (batch.isControl ? 0x20 : 0);
  bytes.writeInt16BE(codec.bitmask | flags, 21);
  bytes.writeInt32BE(batch.lastOffsetDelta ?? batch.records.at(-1)?.offsetDelta ?? 0, 23);
  bytes.writeBigInt64BE(batch.baseTimestampMs ?? 0n, 27);
  bytes.writeBigInt64BE(batch.maxTimestampMs ?? 0n, 35);
  bytes.writeBigInt64BE(batch.producerId ?? -1n, 43);
  bytes.writeInt32BE(batch.records.length, 57);
  records.copy(bytes, 61);
  bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17);
  return bytes;
}

/** The marker that ends a transaction. */
export function encodeMarker(baseOffset: bigint, producerId: bigint, outcome: 'commit' | 'abort'): Buffer {
  const key = String.fromCharCode(0, 0, 0, outcome === 'commit' ? 1 : 0);
  const records = [{ offsetDelta: 0, key, value: '\0\0\0\0\0\0' }];
  return encodeRecordBatch({ baseOffset, producerId, isTransactional: true, isControl: true, records });
}

function encodeRecord(record: RecordToEncode): Buffer {
  const headers = record.headers ?? [];
  const body = Buffer.concat([
    Buffer.of(0),
    varint(record.timestampDelta ?? 0n),
    varint(BigInt(record.offsetDelta)),
    sized(record.key ?? null),
    sized(record.value ?? null),
    varint(BigInt(headers.length)),
    ...headers.flatMap(([key, value]) => [sized(key), sized(value)]),
  ]);
  return Buffer.concat([varint(BigInt(body.length)), body]);
}

function sized(text: string | null): Buffer {
  if (text === null) return varint(-1n);
  return Buffer.concat([varint(BigInt(Buffer.byteLength(text))), Buffer.from(text)]);
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
