import { expect, it } from 'vitest';
import { openObjectStore } from '../../../src/storage/open-object-store.ts';

it('opens folders and file URLs', () => {
  expect(openObjectStore('/lake/bronze_trips').root).toBe('/lake/bronze_trips');
  expect(openObjectStore('/lake/bronze_trips/').root).toBe('/lake/bronze_trips');
  expect(openObjectStore('file:///lake/bronze%20trips').root).toBe('/lake/bronze trips');
  expect(openObjectStore('lake').root).toBe(`${process.cwd()}/lake`);
});

it.each(['s3://bucket/table', 's3a://bucket/table', 'abfss://x@y/table'])('refuses %s', (root) => {
  expect(() => openObjectStore(root)).toThrow(expect.objectContaining({ code: 'TABLE_FEATURE_UNSUPPORTED' }));
});
