import { expect, test } from 'vitest';
import { folderOfReplacement, newFolder, partitionFolder } from '../../../src/parquet/partition-folder.ts';

test('a folder names each partition column and its value, in their order', () => {
  expect(partitionFolder({ id: '3', day: '2026-01-27' })).toBe('id=3/day=2026-01-27');
  expect(partitionFolder({ id: null })).toBe('id=__HIVE_DEFAULT_PARTITION__');
});

test('what could be anything but itself in a path is escaped, and can be decoded again', () => {
  const value = `a/b=c %*?'"é..`;
  const folder = partitionFolder({ name: value });
  expect(folder).toMatch(/^name=[\w%.-]+$/);
  expect(decodeURIComponent(folder.slice('name='.length))).toBe(value);
});

test('a replacement stays in the folder of its partition value', () => {
  expect(folderOfReplacement('id=3/a.parquet', '2026-01-27')).toBe('id=3');
  expect(folderOfReplacement('x=1/id=3/a.parquet', '2026-01-27')).toBe('x=1/id=3');
  expect(folderOfReplacement('2026-01-26/a.parquet', '2026-01-27')).toBe('2026-01-27');
  expect(folderOfReplacement('a.parquet', '2026-01-27')).toBe('2026-01-27');
});

test('new files lie in a folder of the day, and below it in those of their values unless a name would be too long', () => {
  expect(newFolder('2026-11-20', {})).toBe('2026-11-20');
  expect(newFolder('2026-11-20', { _date: '2026-11-19', hour: '7' })).toBe('2026-11-20/_date=2026-11-19/hour=7');
  expect(newFolder('2026-11-20', { p: 'x'.repeat(253) })).toHaveLength(266);
  expect(newFolder('2026-11-20', { p: 'x'.repeat(254) })).toBe('2026-11-20');
  expect(newFolder('2026-11-20', { a: 'x'.repeat(200), b: 'x'.repeat(200), c: 'x'.repeat(200) })).toBe('2026-11-20');
});
