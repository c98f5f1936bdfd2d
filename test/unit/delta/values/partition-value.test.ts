import { expect, it } from 'vitest';
import { serializePartitionValue, type PartitionValue } from '../../../../src/delta/values/partition-value.ts';
import type { PrimitiveType } from '../../../../src/model/table/table-schema.ts';

const cases: [PrimitiveType, PartitionValue, string | null][] = [
  ['string', 'München / a=b', 'München / a=b'],
  ['string', '', null],
  ['string', null, null],
  ['long', 9223372036854775807n, '9223372036854775807'],
  ['integer', -5, '-5'],
  ['byte', 0, '0'],
  ['double', 0.1, '0.1'],
  ['boolean', false, 'false'],
  ['decimal(10,2)', '12.50', '12.50'],
  ['date', '2026-02-28', '2026-02-28'],
  ['date', 20_512, '2026-02-28'],
  ['date', -1, '1969-12-31'],
  ['timestamp', 1_700_000_000_123_456n, '2023-11-14T22:13:20.123456Z'],
  ['timestamp', 1_700_000_000_000_000n, '2023-11-14T22:13:20Z'],
  ['timestamp', -1n, '1969-12-31T23:59:59.999999Z'],
  ['timestamp_ntz', 1_700_000_000_000_001n, '2023-11-14 22:13:20.000001'],
  ['binary', Uint8Array.of(1, 2, 255), '\u0001\u0002\u00ff'],
];

it.each(cases)('writes a %s of %s as %s', (type, value, text) => {
  expect(serializePartitionValue(type, value)).toBe(text);
});

it.each<[PrimitiveType, PartitionValue]>([
  ['string', 1],
  ['long', 1.5],
  ['integer', '1'],
  ['boolean', 'true'],
  ['date', '28.2.2026'],
  ['timestamp', 5],
  ['decimal(3,1)', 'x'],
])('refuses for a %s the value %s', (type, value) => {
  expect(() => serializePartitionValue(type, value)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
});
