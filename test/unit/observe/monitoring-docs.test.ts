import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { alertMeasures } from '../../../src/model/job/alert.ts';
import { metricList, type MetricDefinition } from '../../../src/observe/metrics/metric-list.ts';
import { projectRoot } from '../../../src/stack/project-root.ts';

const textOf = (file: string): string => readFileSync(join(projectRoot, 'docs', file), 'utf8');
const page = textOf('monitoring.md');
const metrics = Object.entries<MetricDefinition>(metricList);

test('docs/monitoring.md lists every metric as it is', () => {
  const rows = [...page.matchAll(/^\| `(kafka_bronze_\w+)` +\| (\w+) +\| ([\w, ]+?) +\| (.+?) +\|$/gm)];
  expect(rows.map(([, ...cells]) => cells)).toEqual(
    metrics.map(([name, { kind, labels, meaning }]) => [name, kind, labels.join(', '), meaning]),
  );
});

test('docs/monitoring.md names no other metric', () => {
  const named = [...page.matchAll(/kafka_bronze_\w+/g)].map(([name]) => name);
  // What the first example looks for is the beginning of several.
  expect(named.filter((name) => !Object.hasOwn(metricList, name))).toEqual(['kafka_bronze_lag']);
});

test('docs/monitoring.md lists every measure of alerts as it is', () => {
  const rows = [...page.matchAll(/^\| `([a-z]+[A-Za-z]*)` +\| (\w+) +\| (.+?) +\|$/gm)];
  expect(rows.map(([, ...cells]) => cells)).toEqual(
    Object.entries(alertMeasures).map(([name, { unit, meaning }]) => [name, unit, meaning]),
  );
});

const rulesSchema = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })),
});
const dashboardSchema = z.object({
  templating: z.object({ list: z.array(z.object({ name: z.string(), query: z.string() })) }),
  panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })) })),
});

/** What can be asked for, and its labels: histograms are three families. */
const series: ReadonlyMap<string, readonly string[]> = new Map(
  metrics.flatMap(([name, { kind, labels }]): [string, readonly string[]][] =>
    kind === 'histogram'
      ? ['bucket', 'sum', 'count'].map((part) => [`${name}_${part}`, part === 'bucket' ? [...labels, 'le'] : labels])
      : [[name, labels]],
  ),
);

/** Queries by where they stand. */
function queries(): readonly (readonly [place: string, query: string])[] {
  const { groups } = rulesSchema.parse(parse(textOf('monitoring/alert-rules.yml')));
  const { templating, panels } = dashboardSchema.parse(JSON.parse(textOf('monitoring/grafana-dashboard.json')));
  return [
    ...groups.flatMap(({ rules }) => rules).map(({ alert, expr }) => [alert, expr] as const),
    ...templating.list.map(({ name, query }) => [name, query] as const),
    ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
  ];
}

test.each(queries())('the query of %s names metrics that there are, by labels that they have: %s', (_place, query) => {
  const names = [...query.matchAll(/kafka_bronze_\w+/g)].map(([name]) => name);
  const labels = [
    ...[...query.matchAll(/\bby \(([\w, ]+)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/)),
    ...[...query.matchAll(/(\w+)=~/g)].map(([, label = '']) => label),
  ];
  expect(names).not.toEqual([]);
  for (const name of names) {
    const known = series.get(name);
    expect(known, name).toBeDefined();
    expect(labels.filter((label) => !known?.includes(label))).toEqual([]);
  }
});
