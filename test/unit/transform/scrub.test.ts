import { createHash, createHmac } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ScrubStep } from '../../../src/model/job/job-spec.ts';
import type { ScrubRule } from '../../../src/model/job/scrub-rule.ts';
import { field, struct, type DataType, type StructField } from '../../../src/model/table/table-schema.ts';
import { tableSchema } from '../../../src/transform/table-schema.ts';
import { jobSpec, runPipeline, type PipelineRun, type SpecParts } from '../../support/run-pipeline.ts';

const hash = { kind: 'hash' } as const;
const remove = { kind: 'remove' } as const;
const mask = (keepFirst: number, keepLast: number): ScrubRule['method'] => ({ kind: 'mask', keepFirst, keepLast });
const sha256 = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');

function scrub(rules: readonly ScrubRule[], options: Partial<ScrubStep> = {}): ScrubStep {
  return { rules, flagColumn: '_pii_scrubbed', rawValue: 'refuse', deadLetters: 'redact', ...options };
}

function parts(schema: readonly StructField[], step: ScrubStep): SpecParts {
  return {
    parse: { format: 'json', schema, onCastFailure: 'reject' },
    metadata: { _offset: 'offset' },
    scrub: step,
  };
}

async function scrubbed(type: DataType, method: ScrubRule['method'], jsons: readonly string[]): Promise<unknown[]> {
  const job = parts([field('a', type)], scrub([{ field: 'a', method }]));
  const { rows } = await runPipeline(
    job,
    jsons.map((json) => `{"a":${json}}`),
    { orderBy: '_offset' },
  );
  return rows.map((row) => row['a']);
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('methods', () => {
  it.each<[type: DataType, method: ScrubRule['method'], json: string, result: unknown]>([
    ['string', hash, '"ann@example.org"', sha256('ann@example.org')],
    ['string', hash, '"👋 שלום\\u0000"', sha256('👋 שלום\0')],
    ['string', hash, '""', sha256('')],
    ['string', hash, 'null', null],
    ['long', hash, '9007199254740993', sha256('9007199254740993')],
    ['decimal(38,18)', hash, '1.15', sha256('1.150000000000000000')],
    ['decimal(2,2)', hash, '-0.5', sha256('-0.50')],
    ['binary', hash, '"AP8="', sha256(Uint8Array.from([0, 255]))],
    ['string', mask(0, 4), '"4111111111111234"', '************1234'],
    ['string', mask(1, 1), '"👋ab👋"', '👋**👋'],
    ['string', mask(2, 2), '"abcd"', '****'],
    ['string', mask(2, 2), '"abcde"', 'ab*de'],
    ['string', mask(0, 0), '"abc"', '***'],
    ['string', mask(0, 0), '""', ''],
    ['string', mask(1, 1), 'null', null],
    ['string', remove, '"x"', null],
    [struct(field('x', 'long')), remove, '{"x":1}', null],
  ])('of a %j: %j makes of %s %j', async (type, method, json, result) => {
    expect(await scrubbed(type, method, [json])).toEqual([result]);
  });

  it.each([
    ['a short key', 'k'],
    ['a key of a block', 'k'.repeat(64)],
    ['a key that is longer than a block', 'ключ'.repeat(40)],
  ])('hash with HMAC-SHA-256 where there is a key: %s', async (_about, key) => {
    vi.stubEnv('TEST_PII_KEY', key);
    const job = parts([field('a', 'string')], scrub([{ field: 'a', method: hash }], { hmacKey: '${TEST_PII_KEY}' }));
    const { rows } = await runPipeline(job, ['{"a":"ann@example.org"}', '{"a":""}'], { orderBy: '_offset' });
    const expected = (text: string): string => createHmac('sha256', key).update(text).digest('hex');
    expect(rows.map((row) => row['a'])).toEqual([expected('ann@example.org'), expected('')]);
  });

  it('do not run without the key that the job names', async () => {
    const job = parts(
      [field('a', 'string')],
      scrub([{ field: 'a', method: hash }], { hmacKey: '${TEST_NO_SUCH_KEY}' }),
    );
    await expect(runPipeline(job, ['{"a":"x"}'])).rejects.toMatchObject({
      code: 'SPEC_INVALID',
      message: expect.stringContaining('TEST_NO_SUCH_KEY') as string,
    });
  });
});

describe('fields', () => {
  const schema = [
    field('user', struct(field('email', 'string', false), field('plan', 'string'))),
    field('contacts', {
      type: 'array',
      elementType: struct(field('phones', { type: 'array', elementType: 'string', containsNull: false })),
      containsNull: true,
    }),
    field('n', 'long', false),
  ];
  const rules: ScrubRule[] = [
    { field: 'user.email', method: hash },
    { field: 'contacts[].phones[]', method: mask(0, 2) },
    { field: 'n', method: remove },
  ];

  it('may be nested and inside arrays, and the flag says whether there was anything', async () => {
    const { rows } = await runPipeline(
      parts(schema, scrub(rules)),
      ['{"user":{"email":"e","plan":"p"},"contacts":[{"phones":["0123"]},null],"n":1}', '{"n":5,"user":null}'],
      { orderBy: '_offset' },
    );
    expect(rows).toMatchObject([
      { user: { email: sha256('e'), plan: 'p' }, contacts: [{ phones: ['**23'] }, null], n: null, _pii_scrubbed: true },
      { user: null, contacts: null, n: null, _pii_scrubbed: true },
    ]);
    const none = await runPipeline(parts(schema.slice(0, 2), scrub(rules.slice(0, 2))), ['{}']);
    expect(none.rows[0]?.['_pii_scrubbed']).toBe(false);
  });

  it('are strings after a hash, and can be null after a removal', () => {
    const hashed = scrub([
      { field: 'n', method: hash },
      { field: 'user.email', method: remove },
    ]);
    expect(tableSchema(jobSpec(parts(schema, hashed))).fields).toMatchObject([
      { name: 'user', type: { fields: [{ name: 'email', nullable: true }, { name: 'plan' }] } },
      { name: 'contacts' },
      { name: 'n', type: 'string', nullable: false },
      { name: '_offset' },
      { name: '_pii_scrubbed', type: 'boolean' },
    ]);
  });

  it.each([
    [{ field: 'nope', method: hash }, 'no such field'],
    [{ field: 'user', method: hash }, 'single values'],
    [{ field: 'n', method: mask(0, 1) }, 'mask is for strings'],
  ])('are refused where a method cannot work: %j', (rule, problem) => {
    expect(() => tableSchema(jobSpec(parts(schema, scrub([rule]))))).toThrow(
      expect.objectContaining({ code: 'PIPELINE_INVALID', message: expect.stringContaining(problem) as string }),
    );
  });
});

describe('what is stored', () => {
  const secret = 'ann.secret@example.org';
  const step = scrub(
    [
      { field: 'email', method: hash },
      { field: '_key', method: hash },
      { field: '_who', method: mask(0, 4) },
    ],
    { rawValue: 'redact' },
  );
  const job = (options: Partial<ScrubStep> = {}): SpecParts => ({
    parse: {
      format: 'json',
      schema: [field('email', 'string'), field('n', 'long'), field('at', 'string')],
      onCastFailure: 'reject',
      extraFields: 'reject',
    },
    metadata: {
      _raw: 'value',
      _bytes: 'valueBytes',
      _key: 'key',
      _headers: 'headers',
      _header_map: 'headersMap',
      _who: 'header.who',
      _offset: 'offset',
    },
    malformed: { records: 'deadLetter', tombstones: 'deadLetter' },
    validate: {
      rules: [{ name: 'small', check: { field: 'n', required: false, max: '9' }, onFailure: 'reject' }],
      columns: [{ name: 'failures', content: 'failures' }],
    },
    normalize: [
      { field: 'at', text: [], nullTokens: [], timestamp: { to: 'timestamp', unit: 'auto', onFailure: 'reject' } },
    ],
    scrub: { ...step, ...options },
    derive: [{ name: 'copy', type: 'string', sql: 'email' }],
  });
  const record = (value: string | Uint8Array | null): Parameters<typeof runPipeline>[1][number] => ({
    value,
    key: secret,
    headers: [[Buffer.from('who'), Buffer.from(secret)]],
  });
  const notUtf8 = Buffer.concat([Buffer.from(secret), Buffer.from([0xff])]);
  const records = [
    `{"email":"${secret}","n":1,"at":"0"}`,
    `{"email":"${secret}"`,
    `["${secret}"]`,
    `{"email":"${secret}","n":"${secret}"}`,
    `{"email":"${secret}","n":10}`,
    `{"email":"${secret}","at":"${secret}"}`,
    notUtf8,
    null,
    `{"${secret}":1}`,
  ].map(record);
  /** Everything that was written: all columns of all files, and what is told of them to the log. */
  const written = ({ rows, deadLetters, group, files }: PipelineRun): string =>
    JSON.stringify({ rows, deadLetters, group, files });

  it('has no plain value anywhere: not in rows, dead letters of any step, messages or statistics', async () => {
    const run = await runPipeline(job(), records);
    expect(run.group.deadLettersByCode).toEqual({
      INVALID_JSON: 1,
      NOT_AN_OBJECT: 1,
      CAST_FAILED: 2,
      RULE_FAILED: 1,
      INVALID_UTF8: 1,
      TOMBSTONE: 1,
      EXTRA_FIELDS: 1,
    });
    expect(written(run)).not.toContain('ann.secret');
    expect(run.rows).toMatchObject([
      { email: sha256(secret), copy: sha256(secret), _key: sha256(secret), _raw: null, _bytes: null },
    ]);
    expect(run.rows[0]).toMatchObject({ _headers: null, _header_map: null, _who: '*'.repeat(18) + '.org' });
    expect(run.deadLetters.map(({ offset, key, value, headers }) => [offset, key, value, headers])).toEqual(
      ['1', '2', '3', '4', '5', '6', '7', '8'].map((offset) => [offset, null, null, null]),
    );
  });

  it('names a dead letter by a digest of its value', async () => {
    const { deadLetters } = await runPipeline(job(), records);
    const digestOf = (offset: number): string => String(deadLetters[offset - 1]?.['error_message']);
    expect(digestOf(4)).toBe(
      `rules that do not hold: small; SHA-256 of the value: ${sha256(`{"email":"${secret}","n":10}`)}`,
    );
    expect(digestOf(6)).toBe(`the value is not valid UTF-8; SHA-256 of the value: ${sha256(notUtf8)}`);
    expect(digestOf(8)).toMatch(/^the schema does not name all fields; SHA-256 of the value: /);
    expect(digestOf(7)).toBe('the value is null (a tombstone)');
  });

  it('has whole dead letters where the job asks for them', async () => {
    const run = await runPipeline(job({ deadLetters: 'keep' }), records);
    expect(JSON.stringify(run.rows)).not.toContain('ann.secret');
    expect(run.deadLetters.filter(({ key }) => key === secret)).toHaveLength(8);
  });

  it('has no plain value in rows of records that do not parse', async () => {
    const kept = { ...job(), malformed: { records: 'keep', tombstones: 'keep' } as const };
    const withoutTimes = records.toSpliced(5, 1);
    const run = await runPipeline({ ...kept, validate: { rules: [], columns: [] } }, withoutTimes);
    expect(run.group.counts).toMatchObject([{ rows: 7, deadLetters: 1 }]);
    expect(written(run)).not.toContain('ann.secret');
  });

  it('is not begun with a column of the whole value, unless the job says to empty it', () => {
    expect(() => tableSchema(jobSpec(job({ rawValue: 'refuse' })))).toThrow(
      '_raw, _bytes, _headers, _header_map would hold what is scrubbed',
    );
  });

  it('may hold all headers where a rule is for the value of each', async () => {
    const metadata = { _headers: 'headers', _header_map: 'headersMap', _offset: 'offset' } as const;
    const rules: ScrubRule[] = [
      { field: '_headers[].value', method: hash },
      { field: '_header_map[]', method: remove },
    ];
    const run = await runPipeline({ metadata, scrub: scrub(rules) }, [record('v')]);
    expect(run.rows).toMatchObject([
      { _headers: [{ key: 'who', value: sha256(secret) }], _header_map: [{ key: 'who', value: null }] },
    ]);
    const partly = scrub([{ field: '_headers[].key', method: hash }]);
    expect(() => tableSchema(jobSpec({ metadata, scrub: partly }))).toThrow('_headers, _header_map would hold');
  });
});
