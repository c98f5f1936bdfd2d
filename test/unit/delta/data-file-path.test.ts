import fc from 'fast-check';
import { expect, it } from 'vitest';
import { actionPathOf, dataFilePath } from '../../../src/delta/data-file-path.ts';
import { propertyRuns } from '../../support/property/property-runs.ts';

it.each([
  ['data/part-0.parquet', 'data/part-0.parquet'],
  ['special%20p@%23h', 'special p@#h'],
  ['ts=2020-01-01%2008%253A09/x', 'ts=2020-01-01 08%3A09/x'],
  ['/lake/t/data/x', 'data/x'],
  ['file:/lake/t/data/x', 'data/x'],
  ['file:///lake/t/da%20ta/x', 'da ta/x'],
])('finds %s in the store', (path, expected) => {
  expect(dataFilePath(path, '/lake/t')).toBe(expected);
});

it.each(['/lake/other/x', 'file:///lake/t2/x', 's3://bucket/x', 's3a://b/t/x'])('refuses %s', (path) => {
  expect(() => dataFilePath(path, '/lake/t')).toThrow(expect.objectContaining({ code: 'TABLE_FEATURE_UNSUPPORTED' }));
});

it('refuses a broken escape', () => {
  expect(() => dataFilePath('50%', '/t')).toThrow(expect.objectContaining({ code: 'TABLE_CORRUPT' }));
});

it('writes plain paths as they are, and every path so that it is found again', () => {
  expect(actionPathOf('date=2026-01-01/part-0.snappy.parquet')).toBe('date=2026-01-01/part-0.snappy.parquet');
  const segment = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
    .filter((name) => !/[/]|^\.+$/.test(name));
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 3 }), (segments) => {
      const path = segments.join('/');
      fc.pre(!path.startsWith('file:'));
      expect(actionPathOf(path)).toMatch(/^[\x21-\x7e]+$/);
      expect(dataFilePath(actionPathOf(path), '/lake/t')).toBe(path);
    }),
    propertyRuns(100),
  );
});
