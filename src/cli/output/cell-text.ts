import type { PlainValue } from '../../lake/query/plain-value.ts';
import { toJson } from './json.ts';
import { visible } from './text-width.ts';

/** A value as one cell of a table for people: nulls empty, structs as JSON, bytes as text or hex. */
export function cellText(value: PlainValue): string {
  if (value === null) return '';
  if (typeof value === 'string') return visible(value);
  if (value instanceof Uint8Array) return bytesText(value);
  return typeof value === 'object' ? visible(toJson(value)) : String(value);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Bytes as text where they are UTF-8, else as `0x…`. */
export function bytesText(bytes: Uint8Array): string {
  try {
    return visible(utf8.decode(bytes));
  } catch {
    return `0x${Buffer.from(bytes).toString('hex')}`;
  }
}

/** A value as one field of CSV (RFC 4180): nulls empty, an empty string quoted, bytes as base64, structs as JSON. */
export function csvField(value: PlainValue): string {
  if (value === null) return '';
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  const text = typeof value === 'object' ? toJson(value) : String(value);
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
