import { describe, expect, it } from 'vitest';
import type { SampleDefect } from '../../../src/samples/sample-event.ts';
import { defectShare, sampleRecord } from '../../../src/samples/sample-records.ts';
import { sampleTopics, usualTopics, type SampleTopicName } from '../../../src/samples/topics.ts';

const names = usualTopics.map(({ name }) => name);

function soundBody(topic: SampleTopicName): Record<string, unknown> {
  for (let index = 0; ; index++) {
    const { value, defect } = sampleRecord(topic, 1, index);
    if (defect === undefined) return JSON.parse(String(value)) as Record<string, unknown>;
  }
}

function isUtf8Json(value: Buffer | null): boolean {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(value ?? undefined));
    return typeof parsed === 'object';
  } catch {
    return false;
  }
}

it.each(sampleTopics.map(({ name }) => name))('samples of %s depend on seed and index alone', (topic) => {
  const indexes = [5, 0, 12345, 5];
  expect(indexes.map((index) => sampleRecord(topic, 7, index))).toEqual(
    indexes.map((index) => sampleRecord(topic, 7, index)),
  );
  expect(sampleRecord(topic, 7, 5).value).not.toEqual(sampleRecord(topic, 8, 5).value);
  expect(sampleRecord(topic, 7, 5).value).not.toEqual(sampleRecord(topic, 7, 6).value);
});

describe.each(names)('samples of %s', (topic) => {
  it('are damaged as often as they say, and only where they say', () => {
    const total = 20_000;
    const seen = new Map<SampleDefect | undefined, number>();
    for (let index = 0; index < total; index++) {
      const { value, defect } = sampleRecord(topic, 3, index);
      seen.set(defect, (seen.get(defect) ?? 0) + 1);
      const unreadable = defect !== undefined && defect !== 'missingField' && defect !== 'wrongType';
      if (isUtf8Json(value) === unreadable) throw new Error(`sample ${index} is not ${defect ?? 'sound'}`);
    }
    const defects = total - (seen.get(undefined) ?? 0);
    expect(defects / total).toBeGreaterThan(defectShare * 0.7);
    expect(defects / total).toBeLessThan(defectShare * 1.3);
    expect(seen.get('tombstone')).toBeGreaterThan(0);
    expect(seen.get('invalidUtf8')).toBeGreaterThan(0);
    expect(seen.has('wrongType')).toBe(topic === 'api-usage-events.v1');
  });

  it('carry an id and a time', () => {
    const body = soundBody(topic);
    expect(body['event_id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Date.parse(String(body['timestamp'] ?? body['event_timestamp']))).not.toBeNaN();
  });
});

describe('samples as a stream', () => {
  it('are mostly in order of time, with some late and some out of order', () => {
    const times = Array.from({ length: 2000 }, (_, index) => sampleRecord('gps_pings', 1, index))
      .filter(({ defect }) => defect === undefined)
      .map(({ value }) => Date.parse((JSON.parse(String(value)) as { timestamp: string }).timestamp));
    const late = times.filter((time, index) => time < Math.max(...times.slice(0, index)) - 60_000);
    expect(late.length).toBeGreaterThan(10);
    expect(late.length).toBeLessThan(200);
    expect(Math.max(...times.slice(-100))).toBeGreaterThan(Math.max(...times.slice(0, 100)));
  });

  it('have all columns of the API usage table', () => {
    expect(Object.keys(soundBody('api-usage-events.v1'))).toEqual([
      'event_id', 'event_version', 'event_timestamp', 'tenant_id', 'subscription', 'identity', 'request',
      'response', 'client', 'geo', 'rate_limiting', 'abuse_signals', 'gateway', 'billing',
    ]); // prettier-ignore
  });
});
