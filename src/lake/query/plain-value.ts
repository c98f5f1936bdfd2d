import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api';

/** A value of a result in plain JavaScript. Instants are ISO 8601 text, decimals are text with all their digits. */
export type PlainValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly PlainValue[]
  | { readonly [key: string]: PlainValue };

/** Turns one value of DuckDB's into a plain one; maps become objects where all keys are text, else lists of pairs. */
export function plainValue(value: DuckDBValue): PlainValue {
  if (value === null) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value !== 'object') return value;
  if (value instanceof DuckDBTimestampTZValue) return `${isoText(value.micros)}Z`;
  if (value instanceof DuckDBTimestampValue) return isoText(value.micros);
  if (value instanceof DuckDBDateValue) return value.toString();
  if (value instanceof DuckDBBlobValue) return value.bytes;
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(plainValue);
  if (value instanceof DuckDBStructValue) return plainObject(Object.entries(value.entries));
  if (value instanceof DuckDBMapValue) {
    const entries = value.entries.map(({ key, value: item }) => [plainValue(key), plainValue(item)] as const);
    if (!entries.every((entry): entry is readonly [string, PlainValue] => typeof entry[0] === 'string')) return entries;
    return Object.fromEntries(entries);
  }
  return value.toString();
}

function plainObject(entries: readonly (readonly [string, DuckDBValue])[]): PlainValue {
  return Object.fromEntries(entries.map(([key, item]) => [key, plainValue(item)]));
}

/** `2026-11-20T09:47:07.123`, with microseconds where there are any. */
function isoText(micros: bigint): string {
  const milliseconds = micros >= 0n || micros % 1000n === 0n ? micros / 1000n : micros / 1000n - 1n;
  const rest = micros - milliseconds * 1000n;
  const instant = new Date(Number(milliseconds));
  // DuckDB reaches further than a JavaScript date, and has infinities.
  if (Number.isNaN(instant.getTime())) return `${micros} µs since 1970-01-01T00:00:00`;
  const text = instant.toISOString().slice(0, -1);
  return rest === 0n ? text : text + String(rest).padStart(3, '0');
}
