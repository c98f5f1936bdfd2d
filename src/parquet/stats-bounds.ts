import { isDecimal } from '../model/pipeline/sql-text.ts';
import type { DataType } from '../model/table/table-schema.ts';

/** Strings are cut after this many UTF-16 units, and looked at up to twice as far for an upper bound. */
const maxStringUnits = 32;

/** The first and last value of a column in a file as DuckDB prints them; absent where it does not know them. */
export interface ColumnExtremes {
  readonly min: string | undefined;
  readonly max: string | undefined;
  readonly hasNan: boolean;
}

/** Bounds as JSON text. A bound that cannot be said is left out: readers then do not skip by it. */
export interface JsonBounds {
  readonly min?: string;
  readonly max?: string;
}

/** The bounds of a leaf for `add.stats`; none for types that PROTOCOL.md, Per-file Statistics gives none. */
export function jsonBounds(type: DataType, { min, max, hasNan }: ColumnExtremes): JsonBounds {
  if (typeof type !== 'string' || min === undefined || max === undefined) return {};
  if (isDecimal(type)) return both(min, max, numeral);
  switch (type) {
    case 'string':
      return definedBounds(JSON.stringify(lowerBound(min)), stringified(upperBound(max)));
    case 'long':
    case 'integer':
    case 'short':
    case 'byte':
      return both(min, max, numeral);
    case 'float':
    case 'double':
      return hasNan ? {} : both(min, max, floatNumeral);
    case 'date':
      return both(min, max, (text) => (/^\d{4}-\d{2}-\d{2}$/.test(text) ? JSON.stringify(text) : undefined));
    case 'timestamp':
      return both(min, max, (text) => timestampText(text, 'Z'));
    case 'timestamp_ntz':
      return both(min, max, (text) => timestampText(text, ''));
    default:
      return {};
  }
}

function both(min: string, max: string, toJson: (text: string) => string | undefined): JsonBounds {
  const [low, high] = [toJson(min), toJson(max)];
  return low === undefined || high === undefined ? {} : { min: low, max: high };
}

function definedBounds(min: string | undefined, max: string | undefined): JsonBounds {
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}

function stringified(text: string | undefined): string | undefined {
  return text === undefined ? undefined : JSON.stringify(text);
}

/** Digits as they are: a JavaScript number would lose some. DuckDB leaves out a zero before the point that JSON asks for. */
function numeral(text: string): string | undefined {
  const json = text.replace(/^(-?)\./, '$10.');
  return /^-?\d+(\.\d+)?$/.test(json) ? json : undefined;
}

/** Infinity has no JSON form. */
function floatNumeral(text: string): string | undefined {
  return /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? text : undefined;
}

/** `2020-02-01 08:09:10.123456+00` to whole milliseconds, downwards, also before 1970: readers allow for that. */
function timestampText(text: string, zone: 'Z' | ''): string | undefined {
  const match = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?(?:\+00)?$/.exec(text);
  if (!match) return undefined;
  const [, date, time, fraction = ''] = match;
  return JSON.stringify(`${date ?? ''}T${time ?? ''}.${fraction.padEnd(3, '0').slice(0, 3)}${zone}`);
}

/** A prefix, and so never above the value. */
export function lowerBound(value: string): string {
  return value.length <= maxStringUnits ? value : value.slice(0, cutAt(value, maxStringUnits));
}

/**
 * A prefix and a last character above the one that follows it in the value, in order of code points (that of UTF-8, not
 * that of JavaScript). Nothing is above U+10FFFF, so the prefix grows over those, up to a limit.
 */
export function upperBound(value: string): string | undefined {
  if (value.length <= maxStringUnits) return value;
  for (let cut = cutAt(value, maxStringUnits); cut < 2 * maxStringUnits;) {
    const next = value.codePointAt(cut);
    if (next === undefined) return value;
    if (next < 0x7f) return `${value.slice(0, cut)}\u007f`;
    if (next < 0x10ffff) return `${value.slice(0, cut)}\u{10ffff}`;
    cut += 2;
  }
  return undefined;
}

/** Not between the two halves of a surrogate pair. */
function cutAt(value: string, units: number): number {
  const last = value.charCodeAt(units - 1);
  return last >= 0xd800 && last <= 0xdbff ? units - 1 : units;
}
