/** Reads the primitive types of the Kafka protocol (KAFKA protocol guide, Protocol Primitive Types) from a buffer. */
export class WireReader {
  readonly bytes: Buffer;
  position: number;

  constructor(bytes: Buffer, position = 0) {
    this.bytes = bytes;
    this.position = position;
  }

  int8(): number {
    const value = this.bytes.readInt8(this.position);
    this.position += 1;
    return value;
  }

  int16(): number {
    const value = this.bytes.readInt16BE(this.position);
    this.position += 2;
    return value;
  }

  int32(): number {
    const value = this.bytes.readInt32BE(this.position);
    this.position += 4;
    return value;
  }

  int64(): bigint {
    const value = this.bytes.readBigInt64BE(this.position);
    this.position += 8;
    return value;
  }

  /** In the hyphenated form. */
  uuid(): string {
    const hex = this.bytes.toString('hex', this.position, this.position + 16);
    this.position += 16;
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  }

  /** UNSIGNED_VARINT: 32 bits, little groups first. */
  unsignedVarint(): number {
    const { bytes } = this;
    let position = this.position;
    let byte = byteAt(bytes, position++);
    let value = byte & 0x7f;
    for (let shift = 7; byte >= 0x80; shift += 7) {
      if (shift > 28) throw new RangeError(`varint of more than 5 bytes at ${this.position}`);
      byte = byteAt(bytes, position++);
      value |= (byte & 0x7f) << shift;
    }
    this.position = position;
    return value >>> 0;
  }

  /** VARINT: zig-zag, 32 bits. */
  varint(): number {
    const raw = this.unsignedVarint();
    return (raw >>> 1) ^ -(raw & 1);
  }

  /** VARLONG: zig-zag, 64 bits. */
  varlong(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      if (shift > 63n) throw new RangeError(`varlong of more than 10 bytes at ${this.position}`);
      const byte = byteAt(this.bytes, this.position++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
  }

  /** The next `length` bytes, not copied. */
  slice(length: number): Buffer {
    const end = this.position + length;
    if (length < 0 || end > this.bytes.length) {
      throw new RangeError(`${length} bytes at ${this.position} of ${this.bytes.length}`);
    }
    const slice = this.bytes.subarray(this.position, end);
    this.position = end;
    return slice;
  }

  /** COMPACT_ARRAY; null reads as empty. */
  compactArray<T>(readElement: () => T): T[] {
    return Array.from({ length: Math.max(0, this.unsignedVarint() - 1) }, readElement);
  }

  /** COMPACT_RECORDS; null reads as empty. */
  compactBytes(): Buffer {
    return this.slice(Math.max(0, this.unsignedVarint() - 1));
  }

  /** TAG_BUFFER: optional fields, none of which matters here. */
  skipTags(): void {
    for (let count = this.unsignedVarint(); count > 0; count--) {
      this.unsignedVarint();
      this.position += this.unsignedVarint();
    }
  }
}

function byteAt(bytes: Buffer, position: number): number {
  const byte = bytes[position];
  if (byte === undefined) throw new RangeError(`end of data at ${position}`);
  return byte;
}
