import { expect, it } from 'vitest';
import { openObjectStore } from '../../../src/storage/open-object-store.ts';

it('opens folders and file URLs', () => {
  expect(openObjectStore('/lake/bronze_trips').root).toBe('/lake/bronze_trips');
  expect(openObjectStore('/lake/bronze_trips/').root).toBe('/lake/bronze_trips');
  expect(openObjectStore('file:///lake/bronze%20trips').root).toBe('/lake/bronze trips');
  expect(openObjectStore('lake').root).toBe(`${process.cwd()}/lake`);
});

it.each(['s3://bucket/lake/table', 's3a://bucket/lake/table/', 'S3://bucket//lake/table'])('opens %s in S3', (root) => {
  expect(openObjectStore(root).root).toBe('s3://bucket/lake/table');
});

it('says that a URL without a bucket is wrong', () => {
  expect(() => openObjectStore('s3:///table')).toThrow(expect.objectContaining({ code: 'STORAGE_MISCONFIGURED' }));
});

it.each(['abfss://x@y/table', 'gs://bucket/table'])('refuses %s', (root) => {
  expect(() => openObjectStore(root)).toThrow(expect.objectContaining({ code: 'TABLE_FEATURE_UNSUPPORTED' }));
});
