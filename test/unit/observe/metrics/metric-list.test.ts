import { describe, expect, test } from 'vitest';
import { durationMetrics, metricList, type MetricDefinition } from '../../../../src/observe/metrics/metric-list.ts';

const metrics = Object.entries<MetricDefinition>(metricList);

describe.each(metrics)('%s', (name, { kind, labels, meaning }) => {
  test("is named after Prometheus' conventions", () => {
    expect(name).toMatch(/^kafka_bronze_[a-z]+(_[a-z]+)*$/);
    expect(name.endsWith('_total')).toBe(kind === 'counter');
    expect(new Set(labels).size).toBe(labels.length);
  });

  test('says what it means in a line', () => {
    expect(meaning).toMatch(/^[A-Z][^\n|]+\.$/);
  });
});

test('all histograms are durations, and have their buckets', () => {
  expect(metrics.filter(([, { kind }]) => kind === 'histogram').map(([name]) => name)).toEqual(durationMetrics);
  for (const name of durationMetrics) expect(name).toMatch(/_seconds$/);
});
