/** Writes one value of a decoded record as JSON. */
export type WriteJson<T> = (value: T) => string;

const microsPerDay = 86_400_000_000n;
// Days from the epoch to the first and after the last instant that a Delta table can hold.
const firstMicros = -62_135_596_800_000_000n;
const lastMicros = 253_402_300_800_000_000n;

/** A double: digits as short as they identify it. JSON has no numerals for the rest, so they are words. */
export function floatingJson(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '"-0.0"' : String(value);
  return `"${String(value)}"`;
}

export function base64Json(bytes: Uint8Array): string {
  return `"${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')}"`;
}

/** Microseconds since the epoch as ISO 8601; what no table can hold stays a number, which then fits no timestamp. */
export function instantJson(micros: bigint, zone: 'Z' | ''): string {
  if (micros < firstMicros || micros >= lastMicros) return String(micros);
  const days = floorDivide(micros, microsPerDay);
  const ofDay = micros - days * microsPerDay;
  const seconds = new Date(Number(days) * 86_400_000 + Number(ofDay / 1_000_000n) * 1000).toISOString().slice(0, 19);
  return `"${seconds}.${String(ofDay % 1_000_000n).padStart(6, '0')}${zone}"`;
}

/** Days since the epoch. */
export function dateJson(days: number): string {
  const micros = BigInt(days) * microsPerDay;
  return micros < firstMicros || micros >= lastMicros
    ? String(days)
    : `"${new Date(days * 86_400_000).toISOString().slice(0, 10)}"`;
}

/** An unscaled number, big-endian in two's complement, as a decimal in a text, which no parser rounds. */
export function decimalJson(bytes: Uint8Array, scale: number): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  const unscaled = hex === '' ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`));
  if (scale === 0) return `"${unscaled}"`;
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `"${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}"`;
}

/** Towards the past, before 1970 too. */
export function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value % divisor < 0n ? quotient - 1n : quotient;
}

const replacement = Buffer.from('\uFFFD');

/**
 * Decoders put U+FFFD in the place of bytes that are not UTF-8.
 * @throws RangeError where they did: the text is not what was sent.
 */
export function encodeText(text: string, from: Uint8Array): Uint8Array {
  if (text.includes('\uFFFD') && !Buffer.from(from.buffer, from.byteOffset, from.byteLength).includes(replacement)) {
    throw new RangeError('a string in it is not valid UTF-8');
  }
  return Buffer.from(text);
}
