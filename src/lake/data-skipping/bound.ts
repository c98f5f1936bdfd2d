import type { DataType } from '../../model/table/table-schema.ts';
import { comparableKind, type ComparableValue } from './row-filter.ts';

/**
 * No value of the file is below this; `undefined` where the statistic is missing, or of a form that is not certain.
 * @param value from the statistics, or a partition value's text
 */
export function lowestOf(type: DataType, value: unknown): ComparableValue | undefined {
  return boundOf(type, value, -1);
}

/** No value of the file is above this. A NaN may be: not every writer minds those. */
export function highestOf(type: DataType, value: unknown): ComparableValue | undefined {
  return boundOf(type, value, 1);
}

function boundOf(type: DataType, value: unknown, direction: -1 | 1): ComparableValue | undefined {
  switch (comparableKind(type)) {
    case 'text':
      // A text that was cut within a character is no bound of what it was cut from.
      return typeof value === 'string' && value.isWellFormed()
        ? { kind: 'text', value: Buffer.from(value) }
        : undefined;
    case 'number':
      return numberBound(value, direction);
    case 'integer':
      return integerBound(type, value, direction);
    case undefined:
      return undefined;
  }
}

/**
 * Writers differ in how many digits of a decimal or a float they keep, and a column that was widened may have been
 * described in the narrower type: the bound is moved by more than any of them lose.
 */
const relativeMargin = 2 ** -20;

function numberBound(value: unknown, direction: -1 | 1): ComparableValue | undefined {
  const number = typeof value === 'string' && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) return undefined;
  return { kind: 'number', value: number + direction * (Math.abs(number) * relativeMargin + Number.MIN_VALUE) };
}

function integerBound(type: DataType, value: unknown, direction: -1 | 1): ComparableValue | undefined {
  const integer = integerOf(type, value, direction);
  return integer === undefined ? undefined : { kind: 'integer', value: integer };
}

function integerOf(type: DataType, value: unknown, direction: -1 | 1): bigint | undefined {
  if (type === 'date' || type === 'timestamp' || type === 'timestamp_ntz') {
    if (typeof value !== 'string') return undefined;
    if (type === 'date') return daysOf(value);
    const micros = microsOf(type, value);
    // Cut to whole milliseconds, by some downwards and by others towards 1970.
    return micros === undefined ? undefined : micros + BigInt(direction) * 999n;
  }
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  return typeof value === 'string' && /^-?\d+$/.test(value) ? BigInt(value) : undefined;
}

function daysOf(text: string): bigint | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(ms) ? undefined : BigInt(ms / 86_400_000);
}

function microsOf(type: 'timestamp' | 'timestamp_ntz', text: string): bigint | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?(Z|[+-]\d{2}:\d{2})?$/.exec(text);
  if (!match) return undefined;
  const [, day = '', time = '', fraction = '', zone] = match;
  // An instant whose zone is a guess is no bound, nor is a local time that has one.
  if (type === 'timestamp' ? zone === undefined : zone !== undefined && zone !== 'Z') return undefined;
  const ms = Date.parse(`${day}T${time}${zone ?? 'Z'}`);
  return Number.isNaN(ms) ? undefined : BigInt(ms) * 1000n + BigInt(fraction.padEnd(6, '0'));
}
