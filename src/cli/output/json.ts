import { writeLine } from './stdout.ts';

/**
 * JSON with bigints as plain numerals (all their digits) and bytes as base64. JSON sets no bound for numbers; a
 * program whose numbers are doubles has to read offsets above 2^53 with a parser that keeps digits.
 */
export function toJson(value: unknown, indent?: number): string {
  return write(value, indent === undefined ? '' : '\n', indent ?? 0);
}

/** One JSON document on stdout. */
export async function printJson(value: unknown): Promise<void> {
  await writeLine(toJson(value, 2));
}

/** One line of newline-delimited JSON on stdout. */
export async function printJsonLine(value: unknown): Promise<void> {
  await writeLine(toJson(value));
}

function write(value: unknown, newline: string, indent: number): string {
  if (typeof value === 'bigint') return value.toString();
  if (value === undefined || value === null) return 'null';
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'));
  if (value instanceof Date || typeof value !== 'object') return JSON.stringify(value);
  const deeper = newline === '' ? '' : newline + ' '.repeat(indent);
  if (value instanceof Map) return write(Object.fromEntries(value), newline, indent);
  const parts = Array.isArray(value)
    ? value.map((item: unknown) => write(item, deeper, indent))
    : Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => `${JSON.stringify(key)}:${newline === '' ? '' : ' '}${write(item, deeper, indent)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  if (parts.length === 0) return `${open}${close}`;
  return `${open}${deeper}${parts.join(`,${deeper}`)}${newline}${close}`;
}
