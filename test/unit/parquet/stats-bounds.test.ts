import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonBounds, lowerBound, upperBound } from '../../../src/parquet/stats-bounds.ts';
import { propertyRuns } from '../../support/property/property-runs.ts';

/** Order of code points, as UTF-8 bytes have it. */
function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

const a31 = 'a'.repeat(31);
const a32 = 'a'.repeat(32);
const last = '\u{10ffff}';

describe('bounds of strings', () => {
  it.each([
    ['short', 'short', 'short'],
    ['32 units', a32, a32],
    ['33 units', `${a32}b`, `${a32}\u007f`],
    ['a higher character next', `${a32}é`, `${a32}${last}`],
    ['U+007F next', `${a32}\u007f`, `${a32}${last}`],
    ['a surrogate pair across the cut', `${a31}😀b`, `${a31}${last}`],
    ['a surrogate pair before the cut', `${'a'.repeat(30)}😀b`, `${'a'.repeat(30)}😀\u007f`],
    ['the last code point next', `${a32}${last}b`, `${a32}${last}\u007f`],
    ['the last code point up to the limit', `${a32}${last.repeat(16)}b`, undefined],
  ])('%s', (_name, value, expected) => {
    expect(upperBound(value)).toBe(expected);
  });

  it('enclose every value, in whole characters and a bounded length', () => {
    const character = fc.oneof(
      fc.constantFrom('a', '\u007e', '\u007f', '\u0000', 'é', '\ud7ff', '\ue000', '\uffff', '😀', last),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    );
    fc.assert(
      fc.property(fc.array(character, { maxLength: 90 }), (characters) => {
        const value = characters.join('');
        const [low, high] = [lowerBound(value), upperBound(value)];
        expect(value.startsWith(low)).toBe(true);
        expect(low.isWellFormed()).toBe(true);
        expect(low.length).toBeLessThanOrEqual(32);
        if (high === undefined) return;
        expect(compareUtf8(high, value)).toBeGreaterThanOrEqual(0);
        expect(high.isWellFormed()).toBe(true);
        expect(high.length).toBeLessThanOrEqual(66);
      }),
      propertyRuns(100),
    );
  });
});

describe('bounds of other types', () => {
  it.each([
    ['long', '-9223372036854775808', '9007199254740993', '-9223372036854775808', '9007199254740993'],
    [
      'decimal(38,18)',
      '-1.500000000000000000',
      '12345678901234567890.123456789012345678',
      '-1.500000000000000000',
      '12345678901234567890.123456789012345678',
    ],
    ['double', '-0.0', '1e+300', '-0.0', '1e+300'],
    ['date', '0001-01-01', '9999-12-31', '"0001-01-01"', '"9999-12-31"'],
    [
      'timestamp',
      '1969-12-31 23:59:59.999999+00',
      '2024-02-29 00:00:00+00',
      '"1969-12-31T23:59:59.999Z"',
      '"2024-02-29T00:00:00.000Z"',
    ],
    [
      'timestamp_ntz',
      '2020-02-01 08:09:10.1',
      '2020-02-01 08:09:10.123456',
      '"2020-02-01T08:09:10.100"',
      '"2020-02-01T08:09:10.123"',
    ],
  ] as const)('%s keep their digits', (type, min, max, low, high) => {
    expect(jsonBounds(type, { min, max, hasNan: false })).toEqual({ min: low, max: high });
  });

  it.each([
    ['boolean', '0', '1', false],
    ['binary', '00', 'FF', false],
    ['double', '1', '2', true],
    ['double', '1', 'inf', false],
    ['timestamp', 'infinity', 'infinity', false],
    ['date', '0044-03-15 (BC)', '2020-01-01', false],
    ['long', undefined, undefined, false],
  ] as const)('of %s from %s to %s are left out', (type, min, max, hasNan) => {
    expect(jsonBounds(type, { min, max, hasNan })).toEqual({});
  });
});
