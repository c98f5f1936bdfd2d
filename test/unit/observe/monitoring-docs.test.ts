import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { alertMeasures } from '../../../src/model/job/alert.ts';
import { metricList, type MetricDefinition } from '../../../src/observe/metrics/metric-list.ts';
import { projectRoot } from '../../../src/stack/project-root.ts';

const page = readFileSync(join(projectRoot, 'docs/monitoring.md'), 'utf8');
const metrics = Object.entries<MetricDefinition>(metricList);

test('docs/monitoring.md lists every metric as it is', () => {
  const rows = [...page.matchAll(/^\| `(kafka_bronze_\w+)` +\| (\w+) +\| ([\w, ]+?) +\| (.+?) +\|$/gm)];
  expect(rows.map(([, ...cells]) => cells)).toEqual(
    metrics.map(([name, { kind, labels, meaning }]) => [name, kind, labels.join(', '), meaning]),
  );
});

test('docs/monitoring.md lists every measure of alerts as it is', () => {
  const rows = [...page.matchAll(/^\| `([a-z]+[A-Za-z]*)` +\| (\w+) +\| (.+?) +\|$/gm)];
  expect(rows.map(([, ...cells]) => cells)).toEqual(
    Object.entries(alertMeasures).map(([name, { unit, meaning }]) => [name, unit, meaning]),
  );
});

test('queries of docs/monitoring.md name metrics that there are, by labels that they have', () => {
  const known = new Set(
    metrics.flatMap(([name, { kind }]) =>
      kind === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
  const named = [...page.matchAll(/kafka_bronze_\w+/g)].map(([name]) => name).filter((name) => !name.endsWith('_lag'));
  expect(named.filter((name) => !known.has(name))).toEqual([]);

  const labels = new Set(['le', ...metrics.flatMap(([, definition]) => definition.labels)]);
  const grouped = [...page.matchAll(/\bby \(([\w, ]+)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/));
  expect(grouped.filter((label) => !labels.has(label))).toEqual([]);
});
