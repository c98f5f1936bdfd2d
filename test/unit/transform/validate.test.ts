import { describe, expect, it } from 'vitest';
import type { ValidationRule, ValueCheck } from '../../../src/model/job/validation-rule.ts';
import { readOffsetRuns } from '../../../src/model/batch/dropped-offsets.ts';
import { field, struct, type DataType } from '../../../src/model/table/table-schema.ts';
import { tableSchema } from '../../../src/transform/table-schema.ts';
import { jobSpec, runPipeline, type Row, type SpecParts } from '../../support/run-pipeline.ts';

const columns = [
  { name: 'status', content: 'status' },
  { name: 'score', content: 'score' },
  { name: 'failures', content: 'failures' },
] as const;

function parts(schema: readonly ReturnType<typeof field>[], rules: readonly ValidationRule[]): SpecParts {
  return {
    parse: { format: 'json', schema, onCastFailure: 'null' },
    metadata: { _offset: 'offset' },
    validate: { rules, columns },
  };
}

function rule(
  check: Partial<ValueCheck> | { sql: string },
  onFailure: ValidationRule['onFailure'] = 'flag',
): ValidationRule {
  return { name: 'r', check: 'sql' in check ? check : { field: 'a', required: false, ...check }, onFailure };
}

/** The values that break a rule on column `a`. */
async function broken(type: DataType, check: Partial<ValueCheck>, jsons: readonly string[]): Promise<string[]> {
  const records = jsons.map((json) => `{"a":${json}}`);
  const { rows } = await runPipeline(parts([field('a', type)], [rule(check)]), records, { orderBy: '_offset' });
  return jsons.filter((_, index) => rows[index]?.['status'] === 'invalid');
}

describe('checks', () => {
  it.each<[type: DataType, check: Partial<ValueCheck>, pass: string[], fail: string[]]>([
    ['string', { required: true }, ['"x"', '""'], ['null']],
    ['long', { min: '1', max: '9007199254740993' }, ['1', '9007199254740993', 'null'], ['0', '-1', '9007199254740994']],
    ['double', { min: '-0.5', max: '1e3' }, ['-0.5', '-0.0', '1000.0'], ['-0.6', '1000.1', '"NaN"']],
    ['decimal(38,18)', { min: '1.15' }, ['1.15', '2'], ['1.149999999999999999']],
    ['timestamp', { min: '2024-02-29' }, ['"2024-02-29T00:00:00Z"'], ['"2024-02-28T23:59:59.999999Z"']],
    ['timestamp', { max: '1969-12-31T23:59:59+01:00' }, ['"1969-12-31T22:59:59Z"'], ['"1969-12-31T23:00:00Z"']],
    ['date', { max: '2026-01-27' }, ['"2026-01-27"'], ['"2026-01-28"']],
    ['string', { minLength: 1, maxLength: 3 }, ['"👋a"', '"שלו"', 'null'], ['""', '"abcd"']],
    [{ type: 'array', elementType: 'long', containsNull: true }, { maxLength: 1 }, ['[]', '[1]', 'null'], ['[1,2]']],
    ['string', { pattern: "[a-z']+" }, ['"abc"', '"o\'no"'], ['"abC"', '"abc d"', '""']],
    ['string', { oneOf: ['click', "it's"] }, ['"click"', '"it\'s"', 'null'], ['"Click"', '""']],
    ['integer', { oneOf: ['1', '2'] }, ['1', '2'], ['3']],
    ['boolean', { oneOf: ['true'] }, ['true'], ['false']],
    [
      'string',
      { format: 'uuid' },
      ['"123e4567-e89b-12d3-a456-426614174000"', '"123E4567-E89B-12D3-A456-426614174000"'],
      ['"123e4567e89b12d3a456426614174000"', '"g23e4567-e89b-12d3-a456-426614174000"', '""'],
    ],
    [
      'string',
      { format: 'email' },
      ['"a@b.co"', '"first.last+tag@sub.example.org"'],
      ['"a@b"', '"@b.co"', '"a b@c.de"', '"a@-b.co"', '"a@b..co"', '"a@b.co\\n"'],
    ],
    [
      'string',
      { format: 'ipv4' },
      ['"0.0.0.0"', '"255.255.255.255"', '"192.168.1.10"'],
      ['"256.1.1.1"', '"1.2.3"', '"01.2.3.4"', '"1.2.3.4.5"'],
    ],
    [
      'string',
      { format: 'ipv6' },
      ['"::"', '"::1"', '"2001:db8::8a2e:370:7334"', '"1:2:3:4:5:6:7:8"', '"::ffff:1.2.3.4"', '"1:2:3:4:5:6:7::"'],
      ['":"', '":::"', '"1::2::3"', '"1:2:3:4:5:6:7:8:9"', '"12345::"', '"1:2:3:4:5:6:7::8"', '"1.2.3.4"'],
    ],
    [
      'string',
      { format: 'iso8601' },
      ['"2026-01-27T00:00:00Z"', '"2026-01-27"', '"20260127T000000+0100"', '"2024-02-29T10:00"'],
      ['"2023-02-29"', '"1769472000"', '"27.01.2026"', '"2026-01-27T25:00:00Z"'],
    ],
    [
      'string',
      { format: 'url' },
      ['"https://example.org"', '"http://localhost:8080/a?b=c#d"'],
      ['"example.org"', '"https://"', '"https://a b"', '"//x"'],
    ],
  ])('on a %j: %j', async (type, check, pass, fail) => {
    expect(await broken(type, check, [...pass, ...fail])).toEqual(fail);
  });
});

describe('a rule in SQL', () => {
  it('fails where it is false or cannot be computed, not where it is null', async () => {
    const schema = [field('a', 'long'), field('b', 'string')];
    const check = { sql: "a < 10 AND CAST(b AS INTEGER) > 0 -- ' a comment" };
    const records = ['{"a":1,"b":"1"}', '{"a":10,"b":"1"}', '{"a":1}', '{"a":1,"b":"x"}'];
    const { rows } = await runPipeline(parts(schema, [rule(check)]), records, { orderBy: '_offset' });
    expect(rows.map((row) => row['status'])).toEqual(['valid', 'invalid', 'valid', 'invalid']);
  });

  it.each([
    ['nope > 1', 'there is no column nope'],
    ['(SELECT true)', 'subquery'],
    ["read_text('/etc/passwd') IS NULL", ''],
    ["now() > TIMESTAMP '2020-01-01'", 'depends on more than the record'],
    ["getvariable('x') IS NULL", 'depends on more than the record'],
  ])('is refused where it is more than an expression over the record: %s', async (sql, problem) => {
    const run = runPipeline(parts([field('a', 'long')], [rule({ sql })]), ['{"a":1}']);
    await expect(run).rejects.toMatchObject({
      code: 'PIPELINE_INVALID',
      message: expect.stringContaining(problem) as string,
    });
  });

  it('and a pattern that is none, are found before any record is read', async () => {
    const run = runPipeline(parts([field('a', 'string')], [rule({ pattern: '(' })]), ['{"a":1}']);
    await expect(run).rejects.toMatchObject({ code: 'PIPELINE_INVALID' });
  });
});

describe('what rules come to', () => {
  const schema = [field('id', 'string'), field('n', 'long'), field('person', struct(field('email', 'string')))];
  const rules: ValidationRule[] = [
    { name: 'has id', check: { field: 'id', required: true }, onFailure: 'reject' },
    { name: 'n small', check: { field: 'n', required: false, max: '9' }, onFailure: 'flag' },
    { name: "person's email", check: { field: 'person.email', required: true }, onFailure: 'flag' },
    { name: 'n not 7', check: { sql: 'n <> 7' }, onFailure: 'reject' },
  ];
  const verdicts = (rows: readonly Row[]): unknown[] =>
    rows.map((row) => [row['_offset'], row['status'], row['score'], row['failures']]);

  it('is a status, a score and the names of what does not hold, or a dead letter', async () => {
    const { rows, deadLetters, group } = await runPipeline(
      parts(schema, rules),
      ['{"id":"a","n":1,"person":{"email":"e"}}', '{"id":"b","n":10}', '{"n":7}', '{', '{"id":"c","person":{}}'],
      { orderBy: '_offset' },
    );
    expect(verdicts(rows)).toEqual([
      ['0', 'valid', 1, []],
      ['1', 'invalid', 0.5, ['n small', "person's email"]],
      ['4', 'invalid', 0.75, ["person's email"]],
    ]);
    expect(deadLetters).toMatchObject([
      { offset: '2', step: 'validate', error_code: 'RULE_FAILED' },
      { offset: '3', step: 'parse', error_code: 'INVALID_JSON' },
    ]);
    expect(deadLetters[0]?.['error_message']).toBe('rules that do not hold: has id, n not 7');
    expect(group.deadLettersByCode).toEqual({ RULE_FAILED: 1, INVALID_JSON: 1 });
    expect(group.counts).toMatchObject([{ rows: 3, deadLetters: 2, drops: {} }]);
    expect(group.ruleFailures).toEqual({
      reject: { 'has id': 1, 'n not 7': 1 },
      flag: { 'n small': 1, "person's email": 3 },
    });
  });

  it('is a drop with its offset where a rule says so and none rejects the record', async () => {
    const dropping: ValidationRule[] = [
      ...rules,
      { name: 'no robots', check: { sql: "id NOT LIKE 'bot%'" }, onFailure: 'drop' },
      { name: 'n is there', check: { field: 'n', required: true }, onFailure: 'drop' },
    ];
    const records = [
      '{"id":"a","n":1}',
      '{"id":"bot1"}',
      '{"id":"bot2","n":2}',
      '{"id":"b"}',
      '{"id":"bot3","n":7}',
      '{',
    ];
    const { rows, deadLetters, group } = await runPipeline(parts(schema, dropping), records, { orderBy: '_offset' });
    expect(rows.map((row) => row['_offset'])).toEqual(['0']);
    expect(deadLetters.map((letter) => letter['offset'])).toEqual(['4', '5']);
    expect(group.counts).toMatchObject([{ rows: 1, deadLetters: 2, drops: { failedRule: 3 } }]);
    expect(group.ruleFailures).toEqual({
      reject: { 'n not 7': 1 },
      flag: { "person's email": 5 },
      drop: { 'no robots': 3, 'n is there': 2 },
    });
    const sets = [{ partition: 0, reason: 'failedRule', offsets: '1x3' }];
    expect(group.dropped).toEqual({ kind: 'inline', sets });
  });

  it('is drops in a file of their own where they are many and scattered, in slices of any size', async () => {
    const dropping: ValidationRule[] = [{ name: 'even', check: { sql: 'n % 2 = 0' }, onFailure: 'drop' }];
    const records = Array.from({ length: 3000 }, (_, n) => `{"n":${n}}`);
    const limits = { inputBytes: 1 << 20, inputRows: 700, sliceBytes: 50_000 };
    const run = await runPipeline(parts([field('n', 'long')], dropping), records, { options: { limits } });
    expect(run.group.counts).toMatchObject([{ rows: 1500, drops: { failedRule: 1500 } }]);
    expect(run.group.ruleFailures).toEqual({ drop: { even: 1500 } });
    expect(run.group.dropped).toMatchObject({ kind: 'listed' });
    const offsets = run.dropped.flatMap((set) =>
      [...readOffsetRuns(set.offsets)].map(({ startOffset }) => startOffset),
    );
    expect(offsets).toEqual(Array.from({ length: 1500 }, (_, n) => BigInt(2 * n + 1)));
  });

  it('is invalid for rows that did not parse, without asking the rules', async () => {
    const kept: SpecParts = { ...parts(schema, rules), malformed: { records: 'keep', tombstones: 'keep' } };
    const { rows, deadLetters } = await runPipeline(kept, ['{', null], { orderBy: '_offset' });
    expect(deadLetters).toEqual([]);
    expect(verdicts(rows)).toEqual([
      ['0', 'invalid', 0, []],
      ['1', 'invalid', 0, []],
    ]);
  });

  it('counts an element of a list that breaks a rule as the record breaking it', async () => {
    const list = field('list', { type: 'array', elementType: struct(field('p', 'string')), containsNull: true });
    const check = { field: 'list[].p', required: true, pattern: '[0-9]+' };
    const { rows } = await runPipeline(
      parts([list], [rule(check)]),
      ['{"list":[{"p":"1"},{"p":"x"}]}', '{"list":[{"p":"1"}]}', '{"list":[{}]}', '{"list":[]}', '{}'],
      { orderBy: '_offset' },
    );
    expect(rows.map((row) => row['status'])).toEqual(['invalid', 'valid', 'invalid', 'valid', 'valid']);
  });

  it('sees columns of metadata and is seen by derived ones', async () => {
    const job: SpecParts = {
      ...parts([field('a', 'long')], [rule({ sql: '_offset > 0' })]),
      derive: [{ name: 'ok', type: 'boolean', sql: "status = 'valid'" }],
    };
    const { rows } = await runPipeline(job, ['{"a":1}', '{"a":1}'], { orderBy: '_offset' });
    expect(rows.map((row) => row['ok'])).toEqual([false, true]);
  });

  it.each<[check: Partial<ValueCheck>, type: DataType, problem: string]>([
    [{ field: 'b' }, 'long', 'no such field'],
    [{ min: '0.5' }, 'long', 'a whole number'],
    [{ min: '1.005' }, 'decimal(5,2)', 'that a decimal(5,2) can hold'],
    [{ max: '2026-02-30' }, 'string', 'min and max are for'],
    [{ max: 'soon' }, 'timestamp', 'ISO 8601'],
    [{ minLength: 1 }, 'long', 'for strings, arrays and maps'],
    [{ format: 'uuid' }, 'long', 'for strings'],
    [{ oneOf: ['1.5'] }, 'double', 'oneOf is for'],
  ])('is refused where a check cannot work: %j on a %s', (check, type, problem) => {
    expect(() => tableSchema(jobSpec(parts([field('a', type)], [rule(check)])))).toThrow(
      expect.objectContaining({ code: 'PIPELINE_INVALID', message: expect.stringContaining(problem) as string }),
    );
  });
});
