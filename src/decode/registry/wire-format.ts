/** A value in Confluent's wire format: a zero byte, the schema's id in four bytes, and what that schema describes. */
export interface WireValue {
  readonly schemaId: number;
  readonly payload: Uint8Array;
}

/** `undefined` where a value is not in that format. */
export function readWireValue(value: Uint8Array): WireValue | undefined {
  if (value.length < 5 || value[0] !== 0) return undefined;
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  return { schemaId: view.getInt32(1), payload: value.subarray(5) };
}

/**
 * Protobuf: which message of the schema follows, as its place among the messages of the file, and on inwards; and the
 * message itself. @throws RangeError where there is no such list.
 */
export function readMessageIndexes(payload: Uint8Array): {
  readonly indexes: readonly number[];
  readonly message: Uint8Array;
} {
  let position = 0;
  const next = (): number => {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = payload[position++];
      if (byte === undefined) break;
      value += (byte & 127) * 2 ** shift;
      // Zigzag, as Kafka's own variable-length numbers.
      if (byte < 128) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    throw new RangeError('the list of message indexes is cut off');
  };
  const count = next();
  // Any file has few levels of messages; a count beyond that is something else.
  if (count < 0 || count > 32) throw new RangeError(`${count} message indexes`);
  const indexes = count === 0 ? [0] : Array.from({ length: count }, next);
  return { indexes, message: payload.subarray(position) };
}
