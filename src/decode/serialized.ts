import type { SerializedType } from '../model/job/key-step.ts';
import { floatingJson } from './json-text.ts';

/** A type that one of Kafka's own serializers writes (org.apache.kafka.common.serialization); numbers are big-endian. */
interface Serialized {
  readonly sizeBytes: number;
  /** As JSON. @throws RangeError where the bytes are no such value. */
  readonly read: (bytes: Buffer) => string;
  /** @throws Error where it is no such value. */
  readonly write: (value: string | number | boolean, bytes: Buffer) => unknown;
}

const serialized: Readonly<Record<Exclude<SerializedType, 'string'>, Serialized>> = {
  long: {
    sizeBytes: 8,
    read: (bytes) => String(bytes.readBigInt64BE()),
    write: (value, bytes) => bytes.writeBigInt64BE(BigInt(value)),
  },
  int: {
    sizeBytes: 4,
    read: (bytes) => String(bytes.readInt32BE()),
    write: (value, bytes) => bytes.writeInt32BE(Number(BigInt(value))),
  },
  short: {
    sizeBytes: 2,
    read: (bytes) => String(bytes.readInt16BE()),
    write: (value, bytes) => bytes.writeInt16BE(Number(BigInt(value))),
  },
  double: {
    sizeBytes: 8,
    read: (bytes) => floatingJson(bytes.readDoubleBE()),
    write: (value, bytes) => bytes.writeDoubleBE(Number(value)),
  },
  float: {
    sizeBytes: 4,
    read: (bytes) => floatingJson(bytes.readFloatBE()),
    write: (value, bytes) => bytes.writeFloatBE(Number(value)),
  },
  boolean: {
    sizeBytes: 1,
    read: (bytes) => {
      const byte = bytes.readUInt8();
      if (byte > 1) throw new RangeError(`the byte ${byte} is neither true nor false`);
      return String(byte === 1);
    },
    write: (value, bytes) => bytes.writeUInt8(value === true ? 1 : 0),
  },
};

/** A function from bytes to JSON. It throws a RangeError where the bytes are no such value. */
export function serializedToJson(type: SerializedType): (bytes: Uint8Array) => string {
  if (type === 'string') return (bytes) => JSON.stringify(bufferOf(bytes).toString());
  const { sizeBytes, read } = serialized[type];
  return (bytes) => {
    if (bytes.length !== sizeBytes) throw new RangeError(`it has ${bytes.length} bytes, and not ${sizeBytes}`);
    return read(bufferOf(bytes));
  };
}

/** The opposite, for values as people write them. It throws an Error for what is none of the type. */
export function serializedFromPlain(type: SerializedType): (value: unknown) => Uint8Array {
  return (value) => {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      throw new TypeError(`expected a ${type}`);
    }
    if (type === 'string') return Buffer.from(String(value));
    const { sizeBytes, write } = serialized[type];
    const bytes = Buffer.alloc(sizeBytes);
    write(value, bytes);
    return bytes;
  };
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
