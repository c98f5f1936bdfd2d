import { expect, it } from 'vitest';
import type { SampleRecord } from '../../../src/samples/sample-event.ts';
import { userEventRecord } from '../../../src/samples/user-event-records.ts';

const seed = 5;
const samples = Array.from({ length: 20_000 }, (_, index) => userEventRecord(seed, index));
const sound = samples.filter(({ defect }) => defect === undefined);

function bodyOf({ value }: SampleRecord): Readonly<Record<string, unknown>> {
  return JSON.parse(String(value)) as Readonly<Record<string, unknown>>;
}

it('duplicates are events that were sent before, near and far, by the same key and by another', () => {
  const sentAt = new Map(
    samples.flatMap((sample, index) => (sample.defect === undefined ? [[String(sample.value), index] as const] : [])),
  );
  const again = samples.flatMap((sample, index) => {
    if (sample.defect !== 'duplicate') return [];
    const source = sentAt.get(String(sample.value)) ?? Infinity;
    return [{ distance: index - source, hasSameKey: sample.key === samples[source]?.key }];
  });
  expect(again.length).toBeGreaterThan(500);
  expect(again.every(({ distance }) => distance > 0)).toBe(true);
  expect(again.some(({ distance }) => distance > 1000)).toBe(true);
  expect(new Set(again.map(({ hasSameKey }) => hasSameKey))).toEqual(new Set([true, false]));
});

it('ids of sound events are there once', () => {
  expect(new Set(sound.map((sample) => bodyOf(sample)['event_id'])).size).toBe(sound.length);
});

it('times have many forms', () => {
  const forms = new Set(sound.map((sample) => String(bodyOf(sample)['event_timestamp']).replaceAll(/\d/g, '9')));
  expect(forms.size).toBeGreaterThanOrEqual(7);
});

it('keys and headers are what clients make of them', () => {
  expect(sound.some(({ key }) => typeof key !== 'string')).toBe(true);
  expect(sound.some(({ headers }) => headers?.['trace-id'] === undefined)).toBe(true);
  expect(sound.some(({ headers }) => Array.isArray(headers?.['trace-id']))).toBe(true);
});

it('some values are huge, and some have what JSON escapes', () => {
  expect(sound.some(({ value }) => (value?.length ?? 0) > 100_000)).toBe(true);
  expect(sound.some(({ value }) => value?.includes(String.raw`\u0000`))).toBe(true);
});
