import { describe, expect, it } from 'vitest';
import { structField } from '../../../src/infer/infer-fields.ts';
import type { InferredField } from '../../../src/infer/inferred-field.ts';
import { SampleSummarizer } from '../../../src/infer/summarize-sample.ts';
import { typeText } from '../../../src/model/table/schema-merge.ts';

/** The only field of objects that hold these JSON texts under a name. */
function inferred(name: string, ...values: readonly string[]): InferredField {
  const summarizer = new SampleSummarizer();
  for (const value of values) summarizer.add(Buffer.from(`{${JSON.stringify(name)}:${value}}`));
  const [field, ...others] = summarizer.summary('here').fields;
  if (field === undefined || others.length > 0) throw new Error('not one field');
  return field;
}

type Case = readonly [what: string, name: string, values: readonly string[], type: string, remark?: RegExp];

const types: readonly Case[] = [
  ['small integers', 'n', ['1', '-5', '1000000'], 'integer'],
  ['integers beyond a million', 'n', ['1', '1000001'], 'long'],
  ['integers beyond 2^53', 'n', ['9007199254740993'], 'long', /9007199254740993/],
  ['integers beyond 2^63', 'n', ['9223372036854775808'], 'decimal(38,0)', /too large for bigint/],
  ['integers of more than 38 digits', 'n', ['1'.repeat(39)], 'string', /38 digits/],
  ['fractions', 'n', ['1', '2.5'], 'double'],
  ['numbers with exponents', 'n', ['1e3', '2'], 'double'],
  ['fractions beyond doubles', 'n', ['0.123456789012345678'], 'decimal(38,18)', /too many digits/],
  ['sums of money', 'total_amount', ['12.50', '7'], 'decimal(18,2)', /a sum by its name/],
  ['sums of many digits', 'price', ['0.123456'], 'double'],
  ['seconds since 1970', 'created_at', ['1769508000'], 'long', /as seconds/],
  ['milliseconds since 1970', 'ts', ['1769508000000'], 'long', /as milliseconds/],
  ['microseconds since 1970', 'eventTime', ['1769508000000000'], 'long', /as microseconds/],
  ['numbers that count no time by their name', 'n', ['1769508000000'], 'long', /1769508000000 to/],
  ['days', 'd', ['"2026-01-27"', '"1969-12-31"'], 'date'],
  ['times with an offset', 't', ['"2026-01-27T10:00:00Z"', '"2026-01-27 10:00:00.123+05:30"'], 'timestamp'],
  ['times without an offset', 't', ['"2026-01-27T10:00:00"'], 'timestamp', /read as UTC/],
  ['times in other forms', 't', ['"27/01/2026"'], 'string', /a form that is not read/],
  ['days that there are not', 't', ['"2026-13-27"'], 'string'],
  ['UUIDs', 'id', ['"123e4567-e89b-42d3-a456-426614174000"'], 'string', /UUIDs/],
  ['numbers as texts', 'n', ['"12.5"', '"-3"'], 'string', /numbers, as texts/],
  ['booleans', 'b', ['true', 'false'], 'boolean'],
  ['nulls alone', 'n', ['null'], 'string', /always null/],
  [
    'conflicting types',
    'm',
    ['1', '"a"', '{}', '1'],
    'string',
    /mixed types: number 50.0 %, string 25.0 %, object 25.0 %/,
  ],
  ['arrays', 'a', ['[1,2]', '[]', '[2.5]'], 'array<double>'],
  ['empty arrays', 'a', ['[]'], 'array<string>', /always empty/],
  ['arrays of objects', 'a', ['[{"x":1},{"y":"s"}]'], 'array<struct<x: integer, y: string>>'],
  ['objects', 'o', ['{"x":1}', '{"y":{"z":true}}'], 'struct<x: integer, y: struct<z: boolean>>'],
  ['empty objects', 'o', ['{}'], 'string', /always an empty object/],
  ['objects whose keys are data', 'o', ['{"1":1.5,"2":1}', '{"7":3}'], 'map<string, double>', /3 different keys/],
  [
    'objects with a field that cannot be a column',
    'o',
    ['{"a b":1,"c":1}'],
    'struct<c: integer>',
    /without 1 of its fields/,
  ],
];

it.each(types.map(([what, ...rest]) => ({ what, rest })))('$what are a column that holds them', ({ rest }) => {
  const [name, values, type, remark = /^/] = rest;
  const field = inferred(name, ...values);
  expect(typeText(field.type)).toBe(type);
  expect(field.remarks.join('; ')).toMatch(remark);
});

it('objects with very many keys, few of them in each, are maps', () => {
  const values = Array.from({ length: 40 }, (_, index) => `{"k${index}":1}`);
  expect(typeText(inferred('o', ...values).type)).toBe('map<string, integer>');
});

it('allowed values are named where few words come again and again', () => {
  const values = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? '"NEW"' : '"PAID"'));
  expect(inferred('status', ...values).remarks).toEqual(['one of: NEW, PAID']);
  expect(inferred('status', ...values.slice(0, 8)).remarks).toEqual([]);
});

it('no field is required, however often it was there: the share says so', () => {
  const values = Array.from({ length: 200 }, () => '1');
  expect(inferred('n', ...values)).toMatchObject({ share: 1 });
  expect(structField(inferred('n', ...values)).nullable).toBe(true);
  expect(inferred('n', ...values.slice(2), 'null', 'null')).toMatchObject({ share: 0.99 });
});

describe('values that may be about a person', () => {
  it.each([
    ['by the name', 'homePhone', '4144'],
    ['by a word of the name', 'card_number', '41111111'],
    ['by the shape of an address', 'contact_point', '"ann@example.com"'],
    ['by the shape of an IP address', 'from', '"192.168.7.9"'],
    ['by the object around it', 'customer', '{"id":7,"tier":"gold"}'],
  ])('are never shown: %s', (_how, name, value) => {
    const field = inferred(name, ...Array.from({ length: 40 }, () => value));
    expect(JSON.stringify(field.remarks) + JSON.stringify(field.fields)).not.toMatch(
      /4144|41111111|ann|192|gold|\b7\b/,
    );
    expect(JSON.stringify(field)).toContain('no value is shown');
  });
});
