import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { NormalizeRule } from '../../../src/model/job/normalize-rule.ts';
import type { ScrubRule } from '../../../src/model/job/scrub-rule.ts';
import type { ValueCheck } from '../../../src/model/job/validation-rule.ts';
import { field, struct, type DataType, type StructField } from '../../../src/model/table/table-schema.ts';
import { tableSchema } from '../../../src/transform/table-schema.ts';
import { jobSpec, runPipeline, type SpecParts } from '../../support/run-pipeline.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const array = (elementType: DataType): DataType => ({ type: 'array', elementType, containsNull: true });
const map = (valueType: DataType): DataType => ({ type: 'map', keyType: 'string', valueType, valueContainsNull: true });
const deep = array(struct(field('k.l', array(struct(field('x', 'string'), field('n', 'long'))))));
const family = '👨‍👩‍👧‍👦';
const megabyte = 'é'.repeat(1 << 19);

/** Column `a` of the type, unless columns are named. */
interface HardCase {
  readonly columns?: readonly StructField[];
  readonly type?: DataType;
  readonly json: string;
  readonly check?: Partial<ValueCheck> & { readonly sql?: string };
  readonly scrub?: readonly ScrubRule[];
  readonly normalize?: readonly (Partial<NormalizeRule> & { readonly field: string })[];
  readonly derive?: Readonly<Record<string, readonly [type: DataType, sql: string]>>;
}

function partsOf({ columns, type = 'string', check, scrub, normalize, derive }: HardCase): SpecParts {
  const { sql, ...valueCheck } = check ?? {};
  const ruleCheck = sql === undefined ? { field: 'a', required: false, ...valueCheck } : { sql };
  return {
    parse: { format: 'json', schema: columns ?? [field('a', type)], onCastFailure: 'reject' },
    ...(check && {
      validate: {
        rules: [{ name: 'r', check: ruleCheck, onFailure: 'flag' as const }],
        columns: [{ name: 'status', content: 'status' as const }],
      },
    }),
    ...(scrub && {
      scrub: { rules: scrub, flagColumn: 'scrubbed', rawValue: 'refuse' as const, deadLetters: 'redact' as const },
    }),
    ...(normalize && { normalize: normalize.map((rule) => ({ text: [], nullTokens: [], ...rule })) }),
    ...(derive && { derive: Object.entries(derive).map(([name, [of, text]]) => ({ name, type: of, sql: text })) }),
  };
}

async function rowOf(given: HardCase): Promise<unknown> {
  const { rows, deadLetters } = await runPipeline(partsOf(given), [given.json]);
  return rows[0] ?? deadLetters.map(({ step, error_code: code }) => ({ step, code }))[0];
}

const hash = (name: string): ScrubRule => ({ field: name, method: { kind: 'hash' } });
const mask = (name: string, keepFirst: number, keepLast: number): ScrubRule => {
  return { field: name, method: { kind: 'mask', keepFirst, keepLast } };
};
const remove = (name: string): ScrubRule => ({ field: name, method: { kind: 'remove' } });
const time = (to: 'milliseconds' | 'iso8601' | 'timestamp'): Pick<NormalizeRule, 'timestamp'> => {
  return { timestamp: { to, unit: 'auto', onFailure: 'reject' } };
};

const oddNames = [
  ...['a.b"c', 'select', 'order by', "it's", 'x y', 'back\\slash', '[]', 'a[]', '$', '*', '%', '😀', 'שלום', '--', ';'],
  ...['constructor', 'null', 'value', 'key', '0', ' ', 'NaN', '{topic}', '${HOME}', 'a,b', 'CASE'],
];

describe('a column may have any name', () => {
  it.each(oddNames)('%s: in every step, alone and in a struct', async (name) => {
    const inner = struct(field(name, 'string'), field('n', 'long'));
    const columns = [field(name, 'string'), field('s', inner), field('list', array(inner)), field('map', map(inner))];
    const value = JSON.stringify({ n: 1 }).replace('{', `{${JSON.stringify(name)}:" v ",`);
    const json = `{${JSON.stringify(name)}:" v ","s":${value},"list":[${value}],"map":{"k":${value}}}`;
    const quoted = `"${name.replaceAll('"', '""')}"`;
    const row = await rowOf({
      columns,
      json,
      check: { field: name, minLength: 4 },
      scrub: [hash(`list[].${name}`), mask(`map[].${name}`, 1, 1)],
      normalize: [
        { field: name, text: ['trim'] },
        { field: `s.${name}`, text: ['trim', 'upper'] },
      ],
      derive: { copy: ['string', `${quoted} || s.${quoted}`] },
    });
    const of = (text: string): object =>
      Object.fromEntries([
        [name, text],
        ['n', '1'],
      ]);
    expect(row).toEqual(
      Object.fromEntries<unknown>([
        [name, 'v'],
        ['s', of('V')],
        ['list', [of(sha256(' v '))]],
        ['map', [{ key: 'k', value: of(' * ') }]],
        ['status', 'invalid'],
        ['scrubbed', true],
        ['copy', 'vV'],
      ]),
    );
  });

  it.each(oddNames.slice(0, 9))('%s: as a partition column', async (name) => {
    const columns = [field(name, 'string'), field('n', 'long')];
    const json = `{${JSON.stringify(name)}:"a/b c","n":1}`;
    const { files } = await runPipeline({ ...partsOf({ columns, json }), partitionBy: [name] }, [json]);
    expect(files.map(({ partitionValues }) => Object.entries(partitionValues))).toEqual([[[name, 'a/b c']]]);
  });

  it.each([
    ['in columns', [field('Name', 'string'), field('name', 'string')]],
    ['in a struct', [field('s', struct(field('ID', 'long'), field('id', 'long')))]],
    ['in structs of lists of maps', [field('s', array(map(struct(field('É', 'long'), field('é', 'long')))))]],
  ])('but names that differ in case alone are refused: %s', (_about, schema) => {
    const spec = jobSpec({ parse: { format: 'json', schema, onCastFailure: 'reject' } });
    expect(() => tableSchema(spec)).toThrow('names must differ in more than case');
  });
});

describe('hard values', () => {
  it.each<[about: string, given: HardCase, row: unknown]>([
    [
      '2^53 + 1, checked',
      { type: 'long', json: '{"a":9007199254740993}', check: { max: '9007199254740992' } },
      { a: '9007199254740993', status: 'invalid' },
    ],
    [
      '2^53 + 1, hashed',
      { type: 'long', json: '{"a":9007199254740993}', scrub: [hash('a')] },
      { a: sha256('9007199254740993'), scrubbed: true },
    ],
    [
      '2^53 + 1, derived',
      { type: 'long', json: '{"a":9007199254740993}', derive: { d: ['decimal(38,0)', 'a::DECIMAL(38,0) * a'] } },
      { a: '9007199254740993', d: '81129638414606699710187514626049' },
    ],
    [
      'the last long, derived beyond',
      { type: 'long', json: '{"a":9223372036854775807}', derive: { d: ['long', 'a + 1'] } },
      { a: '9223372036854775807', d: null },
    ],
    [
      'the first long, as a time',
      { type: 'long', json: '{"a":-9223372036854775808}', normalize: [{ field: 'a', ...time('iso8601') }] },
      { a: '1677-09-21T00:12:43.145224Z' },
    ],
    [
      'decimal(38,18), checked',
      {
        type: 'decimal(38,18)',
        json: '{"a":12345678901234567890.123456789012345678}',
        check: { max: '12345678901234567890.123456789012345677' },
      },
      { a: '12345678901234567890.123456789012345678', status: 'invalid' },
    ],
    [
      'decimal(38,18), derived',
      {
        type: 'decimal(38,18)',
        json: '{"a":1.15}',
        derive: { d: ['decimal(38,18)', 'a + 0.05'], b: ['boolean', 'a = 1.15'] },
      },
      { a: '1.150000000000000000', d: '1.200000000000000000', b: true },
    ],
    [
      '1.15 as a double, in a rule',
      { type: 'double', json: '{"a":1.15}', check: { sql: 'a = 1.15::DOUBLE' } },
      { a: 1.15, status: 'valid' },
    ],
    [
      '-0.0, checked',
      { type: 'double', json: '{"a":-0.0}', check: { min: '0' }, derive: { d: ['string', 'a::VARCHAR'] } },
      { a: -0, status: 'valid', d: '-0.0' },
    ],
    [
      '-0.0, as a time',
      { type: 'double', json: '{"a":-0.0}', normalize: [{ field: 'a', ...time('iso8601') }] },
      { a: '1970-01-01T00:00:00.000000Z' },
    ],
    [
      '-0.0 as a decimal, hashed',
      { type: 'decimal(4,2)', json: '{"a":-0.0}', scrub: [hash('a')] },
      { a: sha256('0.00'), scrubbed: true },
    ],
    [
      'the hour that Berlin skips',
      {
        type: 'timestamp',
        json: '{"a":"2026-03-29T00:59:59Z"}',
        derive: {
          d: ['integer', "hour(a AT TIME ZONE 'Europe/Berlin')"],
          e: ['integer', "hour((a + INTERVAL 1 SECOND) AT TIME ZONE 'Europe/Berlin')"],
        },
      },
      { a: '2026-03-29 00:59:59+00', d: 1, e: 3 },
    ],
    [
      'the hour that Berlin has twice',
      {
        columns: [field('a', array('string'))],
        json: '{"a":["2026-10-25T02:30:00+02:00","2026-10-25T02:30:00+01:00"]}',
        normalize: [{ field: 'a[]', ...time('iso8601') }],
      },
      { a: ['2026-10-25T00:30:00.000000Z', '2026-10-25T01:30:00.000000Z'] },
    ],
    [
      'a leap day',
      {
        type: 'date',
        json: '{"a":"2024-02-29"}',
        check: { min: '2024-02-29', max: '2024-02-29' },
        derive: { d: ['date', 'CAST(a + INTERVAL 1 YEAR AS DATE)'] },
      },
      { a: '2024-02-29', status: 'valid', d: '2025-02-28' },
    ],
    ['a leap day that was none', { type: 'date', json: '{"a":"1900-02-29"}' }, { step: 'parse', code: 'CAST_FAILED' }],
    [
      'a leap day that was none, in a text',
      {
        json: '{"a":"2100-02-29"}',
        check: { format: 'iso8601' },
        normalize: [{ field: 'a', timestamp: { to: 'timestamp', unit: 'auto', onFailure: 'null' } }],
      },
      { a: null, status: 'invalid' },
    ],
    [
      'nanoseconds, in a text',
      {
        json: '{"a":"2026-01-27T00:00:00.123456789Z"}',
        check: { format: 'iso8601' },
        normalize: [{ field: 'a', ...time('iso8601') }],
      },
      { a: '2026-01-27T00:00:00.123456Z', status: 'valid' },
    ],
    [
      'nanoseconds, as a number before 1970',
      { type: 'long', json: '{"a":-1769472000123456789}', normalize: [{ field: 'a', ...time('iso8601') }] },
      { a: '1913-12-05T23:59:59.876543Z' },
    ],
    [
      'a microsecond before 1970',
      {
        type: 'timestamp',
        json: '{"a":"1969-12-31T23:59:59.999999Z"}',
        check: { max: '1969-12-31T23:59:59.999998Z' },
        normalize: [{ field: 'a', ...time('milliseconds') }],
      },
      { a: '-1', status: 'invalid' },
    ],
    [
      'a day before 1970, derived',
      {
        type: 'timestamp',
        json: '{"a":"1969-12-31T23:59:59.5Z"}',
        derive: { d: ['date', 'CAST(a AS DATE)'], e: ['long', 'epoch_ms(a)'] },
      },
      { a: '1969-12-31 23:59:59.5+00', d: '1969-12-31', e: '-500' },
    ],
    [
      'a time, hashed as text',
      { type: 'timestamp', json: '{"a":"1969-12-31T23:59:59.5Z"}', scrub: [hash('a')] },
      { a: sha256('1969-12-31 23:59:59.5+00'), scrubbed: true },
    ],
    [
      'emoji of seven code points, checked',
      { json: `{"a":"${family}"}`, check: { minLength: 7, maxLength: 7 } },
      { a: family, status: 'valid' },
    ],
    [
      'emoji, masked by code points',
      { json: '{"a":"👋🏽ab👋"}', scrub: [mask('a', 1, 1)] },
      { a: '👋***👋', scrubbed: true },
    ],
    [
      'emoji, derived',
      { json: `{"a":"${family}"}`, derive: { d: ['integer', 'length(a)'], e: ['string', 'reverse(a)'] } },
      { a: family, d: 7, e: family },
    ],
    [
      'right to left, masked and hashed',
      {
        columns: [field('a', 'string'), field('b', 'string')],
        json: '{"a":"שלום","b":"مرحبا"}',
        scrub: [mask('a', 1, 0), hash('b')],
      },
      { a: 'ש***', b: sha256('مرحبا'), scrubbed: true },
    ],
    [
      'right to left, with marks, trimmed',
      { json: '{"a":"\\u2003\\u200fשלום\\u00a0"}', normalize: [{ field: 'a', text: ['trim'] }] },
      { a: '\u200fשלום' },
    ],
    [
      'composed and not',
      { json: '{"a":"e\\u0301"}', check: { oneOf: ['é'] }, derive: { d: ['integer', 'length(a)'] } },
      { a: 'e\u0301', status: 'invalid', d: 2 },
    ],
    [
      'NUL, in every step',
      {
        json: '{"a":" x\\u0000y "}',
        check: { minLength: 5, maxLength: 5 },
        normalize: [{ field: 'a', text: ['trim', 'upper'] }],
        derive: { d: ['integer', 'length(a)'] },
      },
      { a: 'X\0Y', status: 'valid', d: 3 },
    ],
    [
      'a megabyte, in every step',
      {
        json: `{"a":" ${megabyte} "}`,
        check: { maxLength: (1 << 19) + 1 },
        normalize: [{ field: 'a', text: ['trim', 'upper'] }],
        derive: { d: ['integer', 'length(a)'] },
      },
      { a: 'É'.repeat(1 << 19), status: 'invalid', d: 1 << 19 },
    ],
    [
      'a megabyte, hashed',
      { json: `{"a":"${megabyte}"}`, scrub: [hash('a')] },
      { a: sha256(megabyte), scrubbed: true },
    ],
    [
      'a megabyte, masked',
      { json: `{"a":"${megabyte}"}`, scrub: [mask('a', 1, 1)] },
      { a: `é${'*'.repeat((1 << 19) - 2)}é`, scrubbed: true },
    ],
    [
      'arrays of structs of arrays, in every step',
      {
        type: deep,
        json: '{"a":[{"k.l":[{"x":" p ","n":9007199254740993},null]},null,{"k.l":null},{"k.l":[]}]}',
        check: { field: 'a[].k.l[].n', max: '9007199254740992' },
        scrub: [hash('a[].k.l[].n')],
        normalize: [{ field: 'a[].k.l[].x', text: ['trim'] }],
        derive: { d: ['string', 'a[1]."k.l"[1].x'] },
      },
      {
        a: [{ 'k.l': [{ x: 'p', n: sha256('9007199254740993') }, null] }, null, { 'k.l': null }, { 'k.l': [] }],
        status: 'invalid',
        scrubbed: true,
        d: 'p',
      },
    ],
    [
      'arrays of structs of arrays, removed',
      { type: deep, json: '{"a":[{"k.l":[{"x":"p","n":1}]}]}', scrub: [remove('a[].k.l')] },
      { a: [{ 'k.l': null }], scrubbed: true },
    ],
    [
      'keys that occur twice, at all depths',
      {
        columns: [field('a', 'string'), field('s', struct(field('x', 'long'))), field('m', map('long'))],
        json: '{"a":"first","a":"second","s":{"x":1,"x":2},"s":{"x":3},"m":{"k":1,"k":2}}',
        scrub: [hash('a')],
        derive: { d: ['long', "s.x + m['k']"] },
      },
      { a: sha256('first'), s: { x: '1' }, m: [{ key: 'k', value: '1' }], scrubbed: true, d: '2' },
    ],
    [
      'keys that differ in case',
      {
        columns: [field('a', 'string'), field('b', 'string')],
        json: '{"A":"x","a":"y","B":"z"}',
        derive: { d: ['string', 'A'] },
      },
      { a: 'y', b: null, d: 'y' },
    ],
    [
      'keys of a map that differ in case',
      { type: map('long'), json: '{"a":{"K":1,"k":2}}', derive: { d: ['long', "a['k']"] } },
      {
        a: [
          { key: 'K', value: '1' },
          { key: 'k', value: '2' },
        ],
        d: '2',
      },
    ],
    [
      'an empty map, list and struct',
      {
        columns: [field('m', map('long')), field('l', array('long')), field('s', struct(field('x', 'long')))],
        json: '{"m":{},"l":[],"s":{}}',
        check: { field: 'l', minLength: 1 },
      },
      { m: [], l: [], s: { x: null }, status: 'invalid' },
    ],
  ])('%s', async (_about, given, row) => {
    expect(await rowOf(given)).toEqual(row);
  });
});
