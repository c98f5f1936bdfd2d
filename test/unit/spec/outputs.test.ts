import { describe, expect, it } from 'vitest';
import { checkJobText } from '../../../src/spec/parse-job.ts';
import { formatProblem } from '../../../src/spec/document/spec-problem.ts';

const job = `source: { topics: events }
table: { path: /lake/bronze_events }
steps:
  parse:
    schema: { id: string, ts: timestamp, value: double, amount: 'decimal(10,2)', code: int, user: { name: string }, window_start: timestamp }
outputs:
`;

function check(outputs: string, head = job): unknown {
  const verdict = checkJobText(`${head}  ${outputs}`, { fileName: 'jobs/events.yaml', env: {}, workingFolder: '/w' });
  return verdict.ok ? verdict.spec.outputs : verdict.problems.map(formatProblem);
}

const target = { partitionBy: [], properties: {}, targetFileSizeBytes: 128 * 1024 * 1024 };
const replacing = { ...target, properties: { 'delta.enableDeletionVectors': 'true' } };

describe('outputs', () => {
  it('can be windows, which append their final rows unless told otherwise', () => {
    expect(
      check(
        'avg_10s: { window: { tumbling: 10 seconds }, eventTime: ts, watermark: 30 seconds, groupBy: id, ' +
          'aggregates: { avg_value: avg(value), readings: count(*), total: sum(amount), codes: sum(code), ' +
          "top: { type: double, sql: max(value * 2) }, p95: 'approx_quantile(value, 0.95)', last_code: last(code) } }",
      ),
    ).toEqual([
      {
        ...target,
        name: 'avg_10s',
        path: '/lake/avg_10s',
        kind: 'aggregate',
        window: {
          shape: { kind: 'tumbling', sizeMs: 10_000 },
          eventTime: 'ts',
          delayMs: 30_000,
          maxAheadMs: 3_600_000,
          idleAfterMs: 60_000,
        },
        groupBy: ['id'],
        aggregates: [
          { name: 'avg_value', type: 'double', function: 'avg', input: 'value' },
          { name: 'readings', type: 'long', function: 'count' },
          { name: 'total', type: 'decimal(20,2)', function: 'sum', input: 'amount' },
          { name: 'codes', type: 'long', function: 'sum', input: 'code' },
          { name: 'top', type: 'double', function: 'max', input: 'value * 2' },
          { name: 'p95', type: 'double', function: 'approx_quantile', input: 'value', quantile: 0.95 },
          { name: 'last_code', type: 'integer', function: 'last', input: 'code' },
        ],
        mode: 'append',
      },
    ]);
  });

  it.each<[window: string, shape: object]>([
    ['{ hopping: 1 minute, every: 10 seconds }', { kind: 'hopping', sizeMs: 60_000, slideMs: 10_000 }],
    ['{ session: PT30S }', { kind: 'session', gapMs: 30_000 }],
  ])('can have the window %s', (window, shape) => {
    const written =
      `w: { window: ${window}, eventTime: ts, watermark: 0 seconds, idleAfter: never, late: deadLetter, mode: update, ` +
      'aggregates: { n: count(*) } }';
    const [output] = check(written) as { window: object; mode: string; properties: object }[];
    expect(output).toMatchObject({ window: { shape, delayMs: 0, late: 'deadLetter' }, mode: 'update', groupBy: [] });
    expect(output?.window).not.toHaveProperty('idleAfterMs');
    expect(output?.properties).toEqual(replacing.properties);
  });

  it('can be running state, changes and the newest row of each key', () => {
    expect(
      check(
        'last_by_id: { groupBy: [id], aggregates: { seen: count(*) } }\n' +
          '  changed: { changes: { key: id, of: [code, value] } }\n' +
          "  current: { merge: { key: id, orderBy: ts, deleteWhen: code = 3 }, path: /lake/now, properties: { delta.enableDeletionVectors: 'false' } }",
      ),
    ).toEqual([
      {
        ...replacing,
        name: 'last_by_id',
        path: '/lake/last_by_id',
        kind: 'aggregate',
        groupBy: ['id'],
        aggregates: [{ name: 'seen', type: 'long', function: 'count' }],
        mode: 'update',
      },
      { ...target, name: 'changed', path: '/lake/changed', kind: 'changes', key: ['id'], of: ['code', 'value'] },
      {
        ...target,
        properties: { 'delta.enableDeletionVectors': 'false' },
        name: 'current',
        path: '/lake/now',
        kind: 'merge',
        key: ['id'],
        orderBy: 'ts',
        deleteWhen: 'code = 3',
      },
    ]);
  });

  it('have a table for each topic', () => {
    const pattern = job
      .replace('topics: events', 'topicPattern: ev.+')
      .replace('/lake/bronze_events', "'/lake/bronze_{topic}'");
    const running = 'groupBy: [id], aggregates: { seen: count(*) }';
    expect(check(`last: { ${running} }`, pattern)).toMatchObject([{ path: '/lake/last_{topic}' }]);
    expect(check(`last: { ${running}, path: /lake/last }`, pattern)).toEqual([
      '7:64 outputs.last.path: several topics would write to one table; put {topic} into the path',
    ]);
  });

  it.each<[watermark: string, rule: object]>([
    ['5 seconds', { delayMs: 5000, maxAheadMs: 3_600_000 }],
    ['{ delay: 5 seconds }', { delayMs: 5000, maxAheadMs: 3_600_000 }],
    ['{ delay: 5 seconds, maxAhead: 90 minutes }', { delayMs: 5000, maxAheadMs: 5_400_000 }],
    ['{ delay: 0 seconds, maxAhead: unlimited }', { delayMs: 0, maxAheadMs: undefined }],
  ])('can have the watermark %s', (watermark, rule) => {
    const written = `w: { window: { tumbling: 10s }, eventTime: ts, watermark: ${watermark}, aggregates: { n: count(*) } }`;
    const [output] = check(written) as { window: { delayMs: number; maxAheadMs?: number } }[];
    expect({ delayMs: output?.window.delayMs, maxAheadMs: output?.window.maxAheadMs }).toEqual(rule);
  });

  const windowed = 'window: { tumbling: 10 seconds }, eventTime: ts, watermark: 0s';
  it.each<[output: string, ...problems: string[]]>([
    ['w: {}', 'outputs.w: expected one of aggregates (with window, groupBy or both), changes and merge'],
    [
      'w: { changes: { key: id, of: code }, merge: { key: id } }',
      'outputs.w: expected one of aggregates (with window, groupBy or both), changes and merge, not changes and merge',
    ],
    ['w: { merge: { key: id }, mode: update }', 'outputs.w.mode: is for outputs with aggregates, not for merge'],
    ['w: { aggregates: { n: count(*) } }', 'outputs.w: expected a window, groupBy, or both'],
    [
      'w: { groupBy: id, aggregates: { n: count(*) }, mode: append, watermark: 0s, late: drop }',
      'outputs.w.mode: append needs a window: without one no row is ever final',
      'outputs.w.watermark: needs a window',
      'outputs.w.late: needs a window',
    ],
    [
      'w: { window: { tumbling: 1 minute, session: 1 minute }, aggregates: { n: count(*) } }',
      'outputs.w.window: expected one of tumbling, hopping (with every) and session',
      'outputs.w.eventTime: missing; expected the column that windows go by',
      'outputs.w.watermark: missing; expected how late a record may be, such as 30 seconds or 0 seconds',
    ],
    [
      'w: { window: { tumbling: 10s }, eventTime: ts, watermark: { delay: 5s, maxAhead: never }, aggregates: { n: count(*) } }',
      'outputs.w.watermark: {"delay":"5s","maxAhead":"never"}; expected a duration such as 30 seconds, or a map with delay and maxAhead (a duration, or unlimited)',
    ],
    [
      'w: { window: { hopping: 10s, every: 1 minute }, eventTime: value, watermark: 0s, aggregates: { n: count(*) } }',
      'outputs.w.window.every: is longer than the windows, which would leave records in none',
      'outputs.w.eventTime: value is no timestamp; make one with normalize or derive',
    ],
    [
      `w: { ${windowed}, groupBy: [idd, user, value], aggregates: { n: count(*) } }`,
      "outputs.w.groupBy: idd is no column of the job's table; did you mean id?",
      'outputs.w.groupBy: user is a struct, an array or a map; expected a single value',
      'outputs.w.groupBy: value is a floating-point number, which is no key',
    ],
    [
      `w: { ${windowed}, groupBy: [window_start], aggregates: { n: count(*) } }`,
      'outputs.w.groupBy: window_start is what the window is called',
      "outputs.w: the column window_start would be there twice in the output's table",
    ],
    [
      `w: { ${windowed}, aggregates: { a: average(value), b: avg(id), c: max(value * 2), d: 'approx_quantile(value)', e: sum(value) + 1 } }`,
      'outputs.w.aggregates.a: "average(value)"; expected one of count, sum, avg, min, max, first, last, stddev_samp, stddev_pop, var_samp, var_pop, bool_and, bool_or, bit_and, bit_or, bit_xor, approx_count_distinct, approx_quantile (others cannot be continued from one batch to the next)',
      'outputs.w.aggregates.b: "avg(id)"; expected avg of a column of numbers',
      'outputs.w.aggregates.c: its type cannot be told; write { type: double, sql: "max(value * 2)" }, with the right type',
      'outputs.w.aggregates.d: "approx_quantile(value)"; expected a second argument between 0 and 1, as in approx_quantile(value, 0.95)',
      'outputs.w.aggregates.e: "sum(value) + 1"; expected a call of one aggregate, such as avg(value) or count(*)',
    ],
    [
      'w: { groupBy: id, aggregates: { a: sum(valeu), b: count("Value"), c: bool_or(true) } }',
      "outputs.w.aggregates.a: valeu is no column of the job's table; did you mean value?",
    ],
    [
      'w: { groupBy: id, aggregates: { d: { type: doubel, sql: sum(value) }, e: { typ: int } } }',
      'outputs.w.aggregates.d.type: "doubel"; expected double, not doubel, at character 1',
      'outputs.w.aggregates.e.sql: missing; expected a function over an SQL expression',
      'outputs.w.aggregates.e.typ: unknown key; did you mean type?',
    ],
    [
      `w: { window: 1 minute, aggregates: { p95: approx_quantile(value, 0.95) } }`,
      'outputs.w.window: "1 minute"; expected a map with the keys tumbling, hopping, every, session, such as { tumbling: 1 minute }',
      'outputs.w.aggregates["0.95)"]: is the rest of a text with a comma; inside { } and [ ] put quotes around such a text',
    ],
    [
      'w: { groupBy: id, aggregates: { id: count(*) }, partitionBy: [n] }',
      "outputs.w: the column id would be there twice in the output's table",
      'outputs.w.partitionBy: n is no column of the table',
    ],
    [
      'w: { merge: { key: id }, path: /lake/bronze_events/w }',
      'outputs.w.path: /lake/bronze_events/w is in one folder tree with the table /lake/bronze_events; give it a folder of its own',
    ],
    [
      'w: { merge: { key: id }, path: /lake/w }\n  v: { merge: { key: id }, path: /lake/w }',
      'outputs.v.path: /lake/w is the same folder as the table /lake/w; give it a folder of its own',
    ],
    [
      'w/x: { merge: { key: id } }',
      'outputs["w/x"]: expected a name of letters, digits, dots, hyphens and underscores, beginning with a letter or digit',
    ],
  ])('says what is wrong with %s', (output, ...problems) => {
    const found = check(output) as readonly string[];
    expect(found.map((line) => line.replace(/^\S*\d+:\d+ /, ''))).toEqual(expect.arrayContaining(problems));
    expect(found).toHaveLength(problems.length);
  });
});
