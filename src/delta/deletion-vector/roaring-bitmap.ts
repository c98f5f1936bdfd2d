import { cookieWithoutRuns, cookieWithRuns, fewestContainersWithOffsets, largestArray } from './roaring-format.ts';

/**
 * Reads the portable serialization of 64-bit Roaring bitmaps (RoaringFormatSpec, "extension for 64-bit
 * implementations"): a count of 32-bit bitmaps, each after the upper half of its values.
 */
export function* readRoaringTreemap(bytes: Uint8Array): Iterable<bigint> {
  const reader = new ByteReader(bytes);
  const bitmaps = reader.uint64();
  for (let index = 0n; index < bitmaps; index += 1n) {
    const high = BigInt(reader.uint32()) << 32n;
    for (const low of readRoaringBitmap(reader)) yield high | BigInt(low);
  }
}

interface ContainerHeader {
  /** The upper half of each value. */
  readonly key: number;
  readonly cardinality: number;
  readonly hasRuns: boolean;
}

function* readRoaringBitmap(reader: ByteReader): Iterable<number> {
  for (const { key, cardinality, hasRuns } of readHeaders(reader)) {
    const base = key * 0x10000;
    if (hasRuns) {
      for (let runs = reader.uint16(); runs > 0; runs -= 1) {
        const start = reader.uint16();
        const last = start + reader.uint16();
        for (let low = start; low <= last; low += 1) yield base + low;
      }
    } else if (cardinality <= largestArray) {
      for (let left = cardinality; left > 0; left -= 1) yield base + reader.uint16();
    } else {
      for (let low = 0; low < 0x10000; low += 8) {
        const bits = reader.uint8();
        for (let bit = 0; bit < 8; bit += 1) if ((bits & (1 << bit)) !== 0) yield base + low + bit;
      }
    }
  }
}

function readHeaders(reader: ByteReader): ContainerHeader[] {
  const cookie = reader.uint32();
  const withRuns = (cookie & 0xffff) === cookieWithRuns;
  if (!withRuns && cookie !== cookieWithoutRuns) throw new RangeError(`${cookie} is no cookie of a Roaring bitmap`);
  const count = withRuns ? (cookie >>> 16) + 1 : reader.uint32();
  const runFlags = withRuns ? reader.take(Math.ceil(count / 8)) : undefined;
  const headers = Array.from({ length: count }, (_, index): ContainerHeader => {
    const key = reader.uint16();
    const hasRuns = ((runFlags?.[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
    return { key, cardinality: reader.uint16() + 1, hasRuns };
  });
  // Containers follow in order, so their offsets say nothing new.
  if (!withRuns || count >= fewestContainersWithOffsets) reader.take(count * 4);
  return headers;
}

/** Little-endian numbers one after the other; throws `RangeError` where the bytes end too early. */
class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  uint8(): number {
    return this.#bytes.readUInt8(this.#advance(1));
  }

  uint16(): number {
    return this.#bytes.readUInt16LE(this.#advance(2));
  }

  uint32(): number {
    return this.#bytes.readUInt32LE(this.#advance(4));
  }

  uint64(): bigint {
    return this.#bytes.readBigUInt64LE(this.#advance(8));
  }

  take(length: number): Uint8Array {
    const start = this.#advance(length);
    if (this.#at > this.#bytes.length) throw new RangeError('a Roaring bitmap ends before its containers');
    return this.#bytes.subarray(start, this.#at);
  }

  #advance(length: number): number {
    const start = this.#at;
    this.#at += length;
    return start;
  }
}
