import { BronzeError } from '../../errors.ts';
import type { PrimitiveType } from '../../model/table/table-schema.ts';

/**
 * A value of a partition column: dates as `yyyy-MM-dd` or days since 1970-01-01, timestamps as microseconds since the
 * epoch, decimals as their digits.
 */
export type PartitionValue = string | number | bigint | boolean | Uint8Array | null;

/**
 * PROTOCOL.md, Partition Value Serialization. Timestamps are ISO 8601 in UTC. The empty string means null there, so an
 * empty string or binary becomes `null`.
 * @throws BronzeError `INTERNAL` for a value that the type cannot hold.
 */
export function serializePartitionValue(type: PrimitiveType, value: PartitionValue): string | null {
  if (value === null) return null;
  const text = textOf(type, value);
  if (text === undefined) {
    throw new BronzeError('INTERNAL', `a ${typeof value} is no value for a partition column of type ${type}`);
  }
  return text === '' ? null : text;
}

function textOf(type: PrimitiveType, value: string | number | bigint | boolean | Uint8Array): string | undefined {
  switch (type) {
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? String(value) : undefined;
    case 'long':
    case 'integer':
    case 'short':
    case 'byte':
      return typeof value === 'bigint' || Number.isSafeInteger(value) ? String(value) : undefined;
    case 'float':
    case 'double':
      return typeof value === 'number' ? String(value) : undefined;
    case 'date':
      return dateText(value);
    case 'timestamp':
      return typeof value === 'bigint' ? `${timestampText(value, 'T')}Z` : undefined;
    case 'timestamp_ntz':
      return typeof value === 'bigint' ? timestampText(value, ' ') : undefined;
    case 'binary':
      return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : undefined;
    default:
      return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? value : undefined;
  }
}

function dateText(value: string | number | bigint | boolean | Uint8Array): string | undefined {
  if (typeof value === 'string') return /^[+-]?\d{4,}-\d{2}-\d{2}$/.test(value) ? value : undefined;
  return typeof value === 'number' ? new Date(value * 86_400_000).toISOString().slice(0, 10) : undefined;
}

/** Whole seconds without a fraction, everything else with six digits, as Spark prints it. */
function timestampText(epochMicros: bigint, separator: 'T' | ' '): string {
  const micros = ((epochMicros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = new Date(Number((epochMicros - micros) / 1000n)).toISOString().slice(0, 19);
  const fraction = micros === 0n ? '' : `.${String(micros).padStart(6, '0')}`;
  return `${seconds.replace('T', separator)}${fraction}`;
}
