import type { Parsed } from '../../model/batch/offset-position.ts';
import type { KafkaRecord } from '../../model/batch/kafka-record.ts';
import { isMap } from '../document/document-path.ts';

const expected = 'a text, null, {base64: …}, {hex: …}, or what is to be written as JSON';

/** A value that is given as bytes, or one that the job's format has to be written of. */
export type GivenValue =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array | null }
  | { readonly kind: 'map'; readonly map: Readonly<Record<string, unknown>> };

/** A key as bytes, or what the job's key format has to write. */
export type GivenKey =
  { readonly kind: 'bytes'; readonly bytes: Uint8Array | null } | { readonly kind: 'plain'; readonly value: unknown };

/** Texts are taken as they are; what is no text is left for the format. */
export function readKey(value: unknown): Parsed<GivenKey> {
  const isBytes = value === null || typeof value === 'string' || (isMap(value) && readBytes(value) !== undefined);
  if (!isBytes) return { ok: true, value: { kind: 'plain', value } };
  const content = readContent(value);
  return content.ok ? { ok: true, value: { kind: 'bytes', bytes: content.value } } : content;
}

/** As `readContent`, but a map is left for the job's format to write. */
export function readValue(value: unknown): Parsed<GivenValue> {
  if (isMap(value) && readBytes(value) === undefined) return { ok: true, value: { kind: 'map', map: value } };
  const content = readContent(value);
  return content.ok ? { ok: true, value: { kind: 'bytes', bytes: content.value } } : content;
}

/** Bytes as people write them in a test: a text, `{base64: …}`, `{hex: …}`, null, or anything else as its JSON. */
export function readContent(value: unknown): Parsed<Uint8Array | null> {
  if (value === undefined) return { ok: false, expected };
  if (value === null) return { ok: true, value: null };
  if (typeof value === 'string') return { ok: true, value: Buffer.from(value) };
  const bytes = isMap(value) ? readBytes(value) : undefined;
  if (bytes !== undefined) return bytes;
  return { ok: true, value: Buffer.from(JSON.stringify(value)) };
}

/** The bytes of `{base64: …}` or `{hex: …}`; `undefined` for any other map. */
export function readBytes(value: Readonly<Record<string, unknown>>): Parsed<Uint8Array> | undefined {
  if (Object.keys(value).length !== 1) return undefined;
  const { base64, hex } = value;
  if (typeof base64 === 'string') {
    const bytes = Buffer.from(base64, 'base64');
    const isWhole = bytes.toString('base64').replaceAll('=', '') === base64.replaceAll(/[=\s]/g, '');
    return isWhole ? { ok: true, value: bytes } : { ok: false, expected: 'base64' };
  }
  if (typeof hex === 'string') {
    return /^([0-9a-f]{2}|\s)*$/i.test(hex)
      ? { ok: true, value: Buffer.from(hex.replaceAll(/\s/g, ''), 'hex') }
      : { ok: false, expected: 'two hexadecimal digits per byte' };
  }
  return undefined;
}

/** A map from name to value; a list repeats the header. */
export function readHeaders(value: unknown): Parsed<KafkaRecord['headers']> {
  if (!isMap(value)) return { ok: false, expected: 'a map from header to value' };
  const headers: [Uint8Array, Uint8Array | null][] = [];
  for (const [name, given] of Object.entries(value)) {
    const contents: readonly unknown[] = Array.isArray(given) ? given : [given];
    for (const one of contents) {
      const content = readContent(one);
      if (!content.ok) return content;
      headers.push([Buffer.from(name), content.value]);
    }
  }
  return { ok: true, value: headers };
}

/** ISO 8601 (UTC where no zone is said) or milliseconds since the epoch. */
export function readInstantMs(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  const micros = typeof value === 'string' ? readInstantMicros(value) : undefined;
  return micros === undefined ? undefined : Number(micros / 1000n);
}

/** Microseconds since the epoch of a time in ISO 8601; UTC where no zone is said. */
export function readInstantMicros(text: string): bigint | undefined {
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)?)?$/.exec(text.trim());
  if (!match) return undefined;
  const [, date = '', time = '00:00', fraction = '', zone = 'Z'] = match;
  const seconds = Date.parse(`${date}T${time}${zone}`);
  return Number.isNaN(seconds) ? undefined : BigInt(seconds) * 1000n + BigInt(fraction.padEnd(6, '0'));
}
