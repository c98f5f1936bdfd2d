import { decimalParts, isDecimal } from '../../../src/model/pipeline/sql-text.ts';
import type { PrimitiveType } from '../../../src/model/table/table-schema.ts';
import type { PlainValue } from '../parquet-reader.ts';

/**
 * What a scalar that was written as text becomes in a column, by the letter of docs/jobs.md; `undefined` where it does not
 * fit. Slow and plain: exact fractions, and no SQL.
 */
export function referenceScalar(type: PrimitiveType, text: string): PlainValue | undefined {
  if (isDecimal(type)) return referenceDecimal(type, text);
  switch (type) {
    case 'string':
      return text;
    case 'long':
      return wholeNumber(text, 63n);
    case 'integer':
      return wholeNumber(text, 31n);
    case 'short':
      return wholeNumber(text, 15n);
    case 'byte':
      return wholeNumber(text, 7n);
    case 'double':
      return floating(text, (value) => value);
    case 'float':
      return floating(text, Math.fround);
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'binary':
      return base64(text);
    case 'date': {
      const micros = isDate.test(text) ? instantMicros(text) : undefined;
      return micros === undefined ? undefined : String(micros / 86_400_000_000n);
    }
    case 'timestamp':
    case 'timestamp_ntz':
      return instantMicros(text)?.toString();
    default:
      return undefined;
  }
}

/** `digits` over a power of ten. */
interface Fraction {
  readonly digits: bigint;
  readonly scale: number;
}

const numeral = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** The number that a JSON numeral stands for, without trailing zeros after the point. */
export function fractionOf(text: string): Fraction | undefined {
  const match = numeral.exec(text);
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  let [digits, scale] = [BigInt(`${sign}${whole}${fraction}`), fraction.length - Number(exponent)];
  if (scale < 0) [digits, scale] = [digits * 10n ** BigInt(-scale), 0];
  while (scale > 0 && digits % 10n === 0n) [digits, scale] = [digits / 10n, scale - 1];
  return { digits, scale };
}

function wholeNumber(text: string, bits: bigint): string | undefined {
  const fraction = fractionOf(text);
  if (fraction?.scale !== 0 || isRounded(text, fraction.digits)) return undefined;
  const limit = 1n << bits;
  return fraction.digits >= -limit && fraction.digits < limit ? String(fraction.digits) : undefined;
}

/** Numerals with a point or an exponent are doubles for JSON parsers: what such a one cannot hold for sure is refused. */
function isRounded(text: string, digits: bigint): boolean {
  return /[.eE]/.test(text) && (digits >= 9n * 10n ** 15n || digits <= -9n * 10n ** 15n);
}

function referenceDecimal(type: string, text: string): string | undefined {
  const { precision, scale } = decimalParts(type);
  const fraction = fractionOf(text);
  if (fraction === undefined || fraction.scale > scale) return undefined;
  // With an exponent, digits that a double might not hold are refused.
  if (/[eE]/.test(text) && text.replace(/^-|[eE].*/g, '').length > 16) return undefined;
  const unscaled = fraction.digits * 10n ** BigInt(scale - fraction.scale);
  const magnitude = String(unscaled < 0n ? -unscaled : unscaled);
  if (magnitude.length > precision) return undefined;
  const padded = magnitude.padStart(scale + 1, '0');
  const digits = scale === 0 ? padded : `${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
  return unscaled < 0n ? `-${digits}` : digits;
}

function floating(text: string, round: (value: number) => number): string | undefined {
  if (text === 'NaN' || text === 'Infinity' || text === '-Infinity') return text.replace('Infinity', 'inf');
  if (!numeral.test(text)) return undefined;
  const value = round(Number(text));
  return Number.isFinite(value) ? String(value) : undefined;
}

function base64(text: string): string | undefined {
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)
    ? Buffer.from(text, 'base64').toString('base64')
    : undefined;
}

const isDate = /^\d{4}-\d{2}-\d{2}$/;
const instant = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:Z|([+-])(\d{2}):(\d{2}))?)?$/;

/** Microseconds since the epoch, in the years 1 to 9999; without an offset in UTC; finer digits are cut off. */
export function instantMicros(text: string): bigint | undefined {
  const match = instant.exec(text);
  if (!match) return undefined;
  const [, year = '', month = '', day = '', hour = '0', minute = '0', second = '0', fraction = '', sign] = match;
  const [offsetHours = '0', offsetMinutes = '0'] = match.slice(9);
  const numbers = [hour, minute, second, offsetHours, offsetMinutes].map(Number);
  const [h = 0, m = 0, s = 0, oh = 0, om = 0] = numbers;
  const date = new Date(Date.UTC(2000, Number(month) - 1, Number(day)));
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined;
  if (h > 23 || m > 59 || s > 59) return undefined;
  const offset = (oh * 60 + om) * (sign === '-' ? -1 : 1);
  const seconds = BigInt(date.getTime() / 1000 + h * 3600 + (m - offset) * 60 + s);
  const micros = seconds * 1_000_000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'));
  return micros >= -62_135_596_800_000_000n && micros < 253_402_300_800_000_000n ? micros : undefined;
}
