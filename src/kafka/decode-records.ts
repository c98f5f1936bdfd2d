import { compressionsAlgorithmsByBitmask } from '@platformatic/kafka';
import { BronzeError, errorMessage } from '../errors.ts';
import type { KafkaRecord } from '../model/batch/kafka-record.ts';
import { recordsSection, type RecordBatch } from './record-batch.ts';
import { WireReader } from './wire-reader.ts';

const noHeaders: KafkaRecord['headers'] = [];

/** Below this a 32-bit delta can be added as a double without losing digits. */
const safeLimit = BigInt(Number.MAX_SAFE_INTEGER) - 2n ** 32n;

/**
 * Appends the records with offsets in [startOffset, endOffset) to `into`; keys, values and headers are views of the
 * batch. Returns how many there were and their bytes. Throws KAFKA_PROTOCOL where the batch makes no sense.
 */
export function decodeRecords(
  batch: RecordBatch,
  partition: number,
  startOffset: bigint,
  endOffset: bigint,
  into: KafkaRecord[],
): { readonly count: number; readonly bytes: number } {
  try {
    return decode(batch, partition, startOffset, endOffset, into);
  } catch (error) {
    if (error instanceof BronzeError) throw error;
    throw new BronzeError(
      'KAFKA_PROTOCOL',
      `record batch at offset ${batch.baseOffset} of partition ${partition} cannot be decoded: ${errorMessage(error)}`,
      { cause: error },
    );
  }
}

function decode(
  batch: RecordBatch,
  partition: number,
  startOffset: bigint,
  endOffset: bigint,
  into: KafkaRecord[],
): { readonly count: number; readonly bytes: number } {
  const reader = new WireReader(decompress(batch));
  if (!isSafe(batch.baseOffset)) throw new RangeError(`offset ${batch.baseOffset} is too large`);
  const baseOffset = Number(batch.baseOffset);
  const fromDelta = Number(startOffset - batch.baseOffset);
  const toDelta = Number(endOffset - batch.baseOffset);
  const timestampType = batch.isLogAppendTime ? 'LogAppendTime' : 'CreateTime';
  const { leaderEpoch } = batch;
  const timestamps = new Timestamps(batch);
  const before = into.length;
  let size = 0;

  for (let index = 0; index < batch.recordCount; index++) {
    const end = reader.varint() + reader.position;
    reader.position += 1; // attributes: none are defined
    const timestampMs = timestamps.read(reader);
    const offsetDelta = reader.varint();
    if (offsetDelta >= toDelta) break;
    if (offsetDelta >= fromDelta) {
      const key = nullableBytes(reader);
      const value = nullableBytes(reader);
      const headerCount = reader.varint();
      const headers = headerCount === 0 ? noHeaders : readHeaders(reader, headerCount);
      if (reader.position !== end) throw new RangeError(`record ${index} ends at ${reader.position}, not at ${end}`);
      size += (key?.length ?? 0) + (value?.length ?? 0);
      into.push({
        partition,
        offset: BigInt(baseOffset + offsetDelta),
        timestampMs,
        timestampType,
        leaderEpoch,
        key,
        value,
        headers,
      });
    }
    reader.position = end;
  }
  return { count: into.length - before, bytes: size };
}

/** The timestamps of one batch. Neighbours often share one, and then share the bigint too. */
class Timestamps {
  readonly #fixed: boolean;
  readonly #base: bigint;
  /** Not a number where a producer's clock is so far off that a sum would lose digits. */
  readonly #safeBase: number;
  #lastDelta = 0;
  #last: bigint;

  /** LogAppendTime is that of the batch; the records keep their producer's deltas, which mean nothing then. */
  constructor(batch: RecordBatch) {
    this.#fixed = batch.isLogAppendTime;
    this.#base = batch.baseTimestampMs;
    this.#safeBase = isSafe(this.#base) ? Number(this.#base) : NaN;
    this.#last = this.#fixed ? batch.maxTimestampMs : this.#base;
  }

  read(reader: WireReader): bigint {
    if (!isShortVarlong(reader)) {
      const delta = reader.varlong();
      return this.#fixed ? this.#last : this.#base + delta;
    }
    const delta = reader.varint();
    if (delta !== this.#lastDelta && !this.#fixed) {
      const sum = this.#safeBase + delta;
      this.#lastDelta = delta;
      this.#last = Number.isNaN(sum) ? this.#base + BigInt(delta) : BigInt(sum);
    }
    return this.#last;
  }
}

/** Of at most four bytes, and so readable as a VARINT. */
function isShortVarlong({ bytes, position }: WireReader): boolean {
  for (let last = position; last < position + 4; last++) if ((bytes[last] ?? 0) < 0x80) return true;
  return false;
}

function nullableBytes(reader: WireReader): Buffer | null {
  const length = reader.varint();
  return length < 0 ? null : reader.slice(length);
}

function readHeaders(reader: WireReader, count: number): KafkaRecord['headers'] {
  const headers: [Uint8Array, Uint8Array | null][] = [];
  for (let index = 0; index < count; index++) {
    headers.push([reader.slice(reader.varint()), nullableBytes(reader)]);
  }
  return headers;
}

function decompress(batch: RecordBatch): Buffer {
  const records = recordsSection(batch);
  if (batch.compression === 0) return records;
  const codec = compressionsAlgorithmsByBitmask[batch.compression];
  if (!codec) throw new BronzeError('KAFKA_PROTOCOL', `compression type ${batch.compression} is not known`);
  return codec.decompressSync(records);
}

function isSafe(value: bigint): boolean {
  return value <= safeLimit && value >= -safeLimit;
}
