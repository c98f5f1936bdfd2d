import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderTestReport, renderTotals } from '../../../src/cli/output/print-test-report.ts';
import { testJobs, type JobTestReport } from '../../../src/cli/test-jobs.ts';
import { validateJobs } from '../../../src/cli/validate-jobs.ts';
import { loadJob } from '../../../src/spec/load-job.ts';
import { listJobs } from '../../../src/spec/document/job-file.ts';
import { packagedJobsFolder } from '../../../src/worker-settings.ts';
import { collect } from '../../support/collect.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

const { signal } = new AbortController();

async function run(yaml: string): Promise<JobTestReport> {
  const file = path.join(await scratchFolder(), 'orders.yaml');
  await writeFile(file, yaml);
  const [report] = await collect(testJobs([file], { jobsFolder: '/nowhere', env: {}, signal }));
  if (report === undefined) throw new Error('no report');
  return report;
}

/** The lines of the report, without durations and places. */
async function linesOf(yaml: string): Promise<string[]> {
  const text = renderTestReport(await run(yaml));
  return text
    .split('\n')
    .map((line) => line.replace(/^((?:ok|failed) .*) \([^()]+\)$/, '$1').replace(/^ {2}\/.*orders\.yaml:/, '  '));
}

const orders = `
source: { topics: [orders, returns] }
steps:
  parse:
    schema:
      id: bigint not null
      amount: decimal(12,3)
      ratio: double
      placed_at: timestamp
      customer: { name: string, tags: array<string> }
      extra: map<string, int>
  malformed: { tombstones: drop }
  metadata: { _raw_value: valueBytes, _key: key }
  derive: { twice: { type: bigint, sql: id * 2 } }
tests:
`;

describe('the shipped jobs', () => {
  it.each(listJobs(packagedJobsFolder))('%s has tests, and they pass', async (job) => {
    const [report] = await collect(testJobs([job], { jobsFolder: packagedJobsFolder, env: {}, signal }));
    expect(report?.results.length).toBeGreaterThan(0);
    expect(renderTestReport(report!)).not.toMatch(/^(failed|invalid)/m);
    expect(report).toMatchObject({ job, problems: [] });
  });

  it.each(listJobs(packagedJobsFolder))('%s runs without its tests', (job) => {
    expect(Object.keys(loadJob(job, { jobsFolder: packagedJobsFolder, env: {} }))).not.toContain('tests');
  });
});

describe('a test that passes', () => {
  it('compares values by the types of their columns, and only those that are named', async () => {
    const lines = await linesOf(`${orders}
  - name: every type
    records:
      - key: k1
        value: '{"id": 9007199254740993, "amount": 1.15, "ratio": -0.0, "placed_at": "1969-12-31T23:59:59.999999Z", "customer": {"name": "Zoë", "tags": ["a", null]}, "extra": {"x": 1}}'
      - value: { id: -1, ratio: 0.1 }
    expect:
      rows:
        - { id: -1, amount: null, ratio: 0.1, customer: null, twice: -2 }
        - id: 9007199254740993
          amount: '1.150'
          ratio: -0.0
          placed_at: 1970-01-01T01:59:59.999999+02:00
          customer: { tags: [a, null] }
          extra: { x: 1 }
          twice: 18014398509481986
          _key: k1
`);
    expect(lines).toEqual(['ok      orders: every type']);
  });

  it('expects what rules drop', async () => {
    const steps = `{ parse: { schema: { n: bigint } }, validate: { rules: { odd: { sql: n % 2 = 1, onFailure: drop } } } }`;
    const test = (drops: number): string => `source: { topics: numbers }
steps: ${steps}
tests:
  - name: even
    records: [{ value: { n: 1 } }, { value: { n: 2 } }, { value: { n: 4 } }]
    expect: { rows: { 0: { n: 1, validation_status: valid } }, drops: { failedRule: ${drops} } }
`;
    expect(await linesOf(test(2))).toEqual(['ok      orders: even']);
    expect(await linesOf(test(1))).toContain('  drops, failedRule: expected 1, actual 2');
  });

  it('gives a strict expectation the row that a loose one fits too', async () => {
    const lines = await linesOf(`${orders}
  - name: any order
    records: [{ value: { id: 1, ratio: 5 } }, { value: { id: 1, ratio: 6 } }]
    expect: { rows: [{ id: 1 }, { id: 1, ratio: 5 }] }
`);
    expect(lines).toEqual(['ok      orders: any order']);
  });
});

describe('values of a format with a schema', () => {
  const proto = 'syntax = "proto3"; message Order { int64 id = 1; repeated string tags = 2; }';
  const avro = JSON.stringify({
    type: 'record',
    name: 'Order',
    fields: [
      { name: 'id', type: 'long' },
      { name: 'note', type: ['null', 'string'] },
    ],
  });

  async function job(format: string, schema: string, tests: string): Promise<string> {
    const schemaFile = path.join(await scratchFolder(), format === 'avro' ? 'order.avsc' : 'order.proto');
    await writeFile(schemaFile, schema);
    return `source: { topics: orders }\nsteps: { parse: { format: ${format}, schemaFile: ${schemaFile} } }\ntests:\n${tests}`;
  }

  it.each([
    ['protobuf', proto, '{ id: 9007199254740993, tags: [a, b] }', '{ id: 9007199254740993, tags: [a, b] }'],
    ['avro', avro, '{ id: -5, note: { string: Zoë } }', '{ id: -5, note: Zoë }'],
    ['avro', avro, '{ id: 1, note: null }', '{ id: 1, note: null }'],
  ])('are written by it (%s)', async (format, schema, value, row) => {
    const test = `  - { name: a, records: [{ value: ${value} }], expect: { rows: [${row}] } }\n`;
    expect(await linesOf(await job(format, schema, test))).toEqual(['ok      orders: a']);
  });

  it.each([
    ['protobuf', proto, '{ id: 1, tag: a }'],
    ['avro', avro, '{ note: null }'],
  ])('are refused where they do not fit it (%s)', async (format, schema, value) => {
    const test = `  - { name: a, records: [{ value: ${value} }], expect: {} }\n`;
    expect((await linesOf(await job(format, schema, test))).join('\n')).toMatch(
      /tests\[0\]\.records\[0\]\.value: does not fit the job's schema: ./,
    );
  });
});

describe('a test that fails', () => {
  it('says what was expected and what was found, by row and column', async () => {
    const lines = await linesOf(`${orders}
  - name: wrong
    records:
      - value: { id: 1, ratio: 0, customer: { name: Ann, tags: [a, b] } }
      - value: { id: 2 }
        partition: 3
    expect:
      rows:
        - { id: 1, ratio: -0.0, customer: { name: Anne, tags: [a, c] } }
        - { id: 2, twice: 5, _raw_value: { hex: ff } }
`);
    expect(lines).toEqual([
      'failed  orders: wrong',
      '  row of offset 0:',
      '    column            expected  actual',
      '    ratio             -0.0      0',
      '    customer.name     "Anne"    "Ann"',
      '    customer.tags[1]  "c"       "b"',
      '  row of partition 3, offset 0:',
      '    column      expected  actual',
      '    _raw_value  0xff      {"id":2}',
      '    twice       5         4',
    ]);
  });

  it('does not pass over rows, dead letters and drops that it does not name', async () => {
    const lines = await linesOf(`${orders}
  - name: nothing expected
    records: [{ value: { id: 1 } }, { value: '{' }, { value: null }]
    expect: {}
`);
    expect(lines).toEqual([
      'failed  orders: nothing expected',
      expect.stringContaining('  unexpected row of offset 0: {"id":1,"amount":null'),
      '  unexpected dead letter of offset 1: INVALID_JSON (parse) the value is not valid JSON',
      '  drops, tombstone: expected 0, actual 1',
    ]);
  });

  it('says what is missing', async () => {
    const lines = await linesOf(`${orders}
  - name: more expected
    records: [{ value: { id: 1 } }]
    expect:
      rows: { 0: { id: 1 }, 2/7: { id: 5 } }
      deadLetters: [{ code: TOMBSTONE, offset: 0 }]
      drops: { tombstone: 2 }
`);
    expect(lines).toEqual([
      'failed  orders: more expected',
      '  missing row of partition 2, offset 7: {"id":5}',
      '  missing dead letter: TOMBSTONE {"offset":0}',
      '  drops, tombstone: expected 2, actual 0',
    ]);
  });

  it('is counted', async () => {
    const report = await run(`${orders}
  - { name: one, records: [{ value: { id: 1 } }], expect: { rows: [{ id: 1 }] } }
  - { name: two, records: [{ value: { id: 1 } }], expect: { rows: [{ id: 2 }] } }
`);
    expect(renderTotals([report])).toBe('\n1 passed, 1 failed');
  });
});

describe('tests that are not in order', () => {
  it('are refused, with all that is wrong and where', async () => {
    const lines = await linesOf(`${orders}
  - name: a
    topic: order
    records: [{ value: 1 }]
    expect:
      rows: [{ amont: 1, id: x, customer: { nam: y, tags: t }, placed_at: soon }]
      drops: { tombston: 1 }
  - { name: a, records: [{ value: 1 }], expect: {} }
`);
    expect(lines).toEqual([
      'invalid orders: 8 problems',
      "  18:12 tests[0].topic: order is none of the job's topics; did you mean orders?",
      '  21:23 tests[0].expect.rows[0].amont: there is no amont; did you mean amount?',
      '  21:30 tests[0].expect.rows[0].id: "x"; expected a number (bigint)',
      '  21:50 tests[0].expect.rows[0].customer.nam: there is no nam; did you mean name?',
      '  21:59 tests[0].expect.rows[0].customer.tags: "t"; expected a list',
      '  21:75 tests[0].expect.rows[0].placed_at: "soon"; expected a time such as 2026-01-27T10:00:00.123456Z',
      '  22:26 tests[0].expect.drops.tombston: there is no reason tombston; did you mean tombstone?',
      '  23:13 tests[1].name: a is there twice',
    ]);
  });

  it.each([
    ['an unknown key', 'record: []', 'tests[0].record: unknown key; did you mean records?'],
    [
      'an unknown code',
      'records: [{ value: 1 }]\n    expect: { deadLetters: [{ code: TOMBSTON }] }',
      'did you mean TOMBSTONE?',
    ],
    [
      'a record without value',
      'records: [{ key: a }]\n    expect: {}',
      'tests[0].records[0].value: missing; expected a text, null',
    ],
    [
      'bytes that are none',
      'records: [{ value: { hex: f } }]\n    expect: {}',
      'expected two hexadecimal digits per byte',
    ],
  ])('are refused: %s', async (_about, yaml, message) => {
    expect((await linesOf(`${orders}\n  - name: a\n    ${yaml}\n`)).join('\n')).toContain(message);
  });

  it('are found by validate too, and do not keep the job from running', async () => {
    const folder = await scratchFolder();
    const file = path.join(folder, 'orders.yaml');
    await writeFile(file, `${orders}  - { name: a, records: [], expect: { rows: [{ nope: 1 }] } }`);
    const [report] = await validateJobs([file], { jobsFolder: folder, env: {} });
    expect(report?.problems.map(({ message }) => message)).toEqual([expect.stringContaining('there is no nope')]);
    expect(loadJob('orders', { jobsFolder: folder, env: {} }).name).toBe('orders');
  });
});

describe('jobs without tests', () => {
  it('are said to have none', async () => {
    expect(await linesOf('source: { topics: a }')).toEqual(['none    orders: the job has no tests']);
  });

  it('that are not there are a problem', async () => {
    const folder = await scratchFolder();
    await writeFile(path.join(folder, 'a.yaml'), 'source: { topics: a }');
    const reports = await collect(testJobs(['b', 'a'], { jobsFolder: folder, env: {}, signal }));
    expect(reports.map(({ job, problems }) => [job, problems.length])).toEqual([
      ['b', 1],
      ['a', 0],
    ]);
  });

  it('whose SQL cannot run are a problem, and the other jobs are tested all the same', async () => {
    const folder = await scratchFolder();
    const test = '{ name: a, records: [{ value: x }], expect: { rows: [{}] } }';
    await writeFile(
      path.join(folder, 'a.yaml'),
      `source: { topics: a }\nsteps: { derive: { b: { type: int, sql: nope } } }\ntests: [${test}]`,
    );
    await writeFile(path.join(folder, 'b.yaml'), `source: { topics: a }\ntests: [${test}]`);
    const reports = await collect(testJobs([], { jobsFolder: folder, env: {}, signal }));
    expect(reports.map(renderTestReport).join('\n')).toMatch(
      /^invalid a: 1 problem\n {2}steps: job a: steps\.derive\.b\.sql: .*\n[^]*ok {6}b: a \([^()]+\)$/,
    );
  });
});

describe('outputs', () => {
  const job = (mode: string, expected: string): string => `source: { topics: readings }
steps: { parse: { schema: { id: int, ts: timestamp } } }
outputs:
  counts: { window: { tumbling: 10 seconds }, eventTime: ts, watermark: 0 seconds, groupBy: [id], aggregates: { n: count(*) }, mode: ${mode} }
  by_id: { groupBy: [id], aggregates: { n: count(*) } }
tests:
  - name: counted
    ingestedAt: 2026-01-27T10:00:20Z
    records:
      - value: { id: 1, ts: 2026-01-27T10:00:01Z }
      - value: { id: 2, ts: 2026-01-27T10:00:15Z }
      - value: { id: 1, ts: 2026-01-27T10:00:02Z }
    expect:
      rows: [{}, {}, {}]
      ${expected}
`;

  it('have the rows of their mode', async () => {
    const appended = 'outputs: { counts: [{ id: 1, n: 1 }], by_id: [{ id: 2, n: 1 }, { id: 1, n: 2 }] }';
    expect(await linesOf(job('append', appended))).toEqual(['ok      orders: counted']);
    const updated = 'outputs: { counts: [{ id: 2, n: 1 }, { window_end: 2026-01-27T10:00:10Z, n: 1 }] }';
    expect(await linesOf(job('update', updated))).toEqual(['ok      orders: counted']);
    expect(await linesOf(job('append', 'late: { counts: 1 }'))).toEqual(['ok      orders: counted']);
  });

  it('that differ are shown', async () => {
    const wrong = 'outputs: { counts: [], by_id: [{ id: 1, n: 3 }, { id: 2 }, { id: 5 }] }';
    expect(await linesOf(job('append', `${wrong}\n      late: { counts: 0 }`))).toEqual([
      'failed  orders: counted',
      '  counts: unexpected row: {"window_start":"2026-01-27T10:00:00.000Z","window_end":"2026-01-27T10:00:10.000Z","id":1,"n":1}',
      '  counts, late: expected 0, actual 1',
      '  by_id: row {"id":1,"n":3}:',
      '    column  expected  actual',
      '    n       3         2',
      '  by_id: missing row: {"id":5}',
    ]);
  });

  it('that are not there are a problem, as are their columns', async () => {
    const lines = await linesOf(job('append', 'outputs: { count: [], by_id: [{ ide: 1, n: x }] }'));
    expect(lines.join('\n')).toContain('the job has no output count; did you mean counts?');
    expect(lines.join('\n')).toContain('there is no ide');
    expect(lines.join('\n')).toContain('a number (bigint)');
  });
});

it.each(['jobs.md', 'outputs.md'])('the tests that docs/%s shows pass', async (page) => {
  const text = await readFile(path.join(import.meta.dirname, '..', '..', '..', 'docs', page), 'utf8');
  const tested = Array.from(text.matchAll(/```yaml\n(.*?)```/gs), ([, yaml = '']) => yaml).filter((yaml) =>
    /^tests:/m.test(yaml),
  );
  expect(tested.length).toBeGreaterThanOrEqual(1);
  for (const yaml of tested) expect((await linesOf(yaml)).filter((line) => !line.startsWith('ok '))).toEqual([]);
});
