/** Avro's binary encoding by hand, so that no library that decodes judges itself. */
export function avroLong(value: bigint): Buffer {
  return varint(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)));
}

export function avroText(content: readonly number[] | Uint8Array | string): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content);
  return Buffer.concat([avroLong(BigInt(bytes.length)), bytes]);
}

/** Protobuf's and Avro's variable-length number, least significant bits first. */
export function varint(value: bigint): Buffer {
  let rest = BigInt.asUintN(64, value);
  const bytes: number[] = [];
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}
