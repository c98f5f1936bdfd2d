import { expect, test } from 'vitest';
import { folderOfReplacement, partitionFolder } from '../../../src/parquet/partition-folder.ts';

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
