import { describe, expect, it } from 'vitest';
import type { NormalizeRule } from '../../../src/model/job/normalize-rule.ts';
import { field, struct, type DataType, type StructField } from '../../../src/model/table/table-schema.ts';
import { tableSchema } from '../../../src/transform/table-schema.ts';
import { jobSpec, runPipeline, type SpecParts } from '../../support/run-pipeline.ts';

type Timestamp = NonNullable<NormalizeRule['timestamp']>;

function parts(schema: readonly StructField[], ...rules: (Partial<NormalizeRule> & { field: string })[]): SpecParts {
  return {
    parse: { format: 'json', schema, onCastFailure: 'reject' },
    metadata: { _offset: 'offset' },
    normalize: rules.map((rule) => ({ text: [], nullTokens: [], ...rule })),
  };
}

/** What becomes of each `{"a": <json>}`: the value, or the code of the dead letter. */
async function outcomes(type: DataType, rule: Partial<NormalizeRule>, jsons: readonly string[]): Promise<unknown[]> {
  const records = jsons.map((json) => `{"a":${json}}`);
  const { rows, deadLetters } = await runPipeline(parts([field('a', type)], { field: 'a', ...rule }), records);
  return jsons.map((_, offset) => {
    const row = rows.find((r) => r['_offset'] === String(offset));
    return row ? row['a'] : deadLetters.find((r) => r['offset'] === String(offset))?.['error_code'];
  });
}

const auto = (to: Timestamp['to'], onFailure: Timestamp['onFailure'] = 'null'): Pick<NormalizeRule, 'timestamp'> => ({
  timestamp: { to, unit: 'auto', onFailure },
});

describe('text', () => {
  it.each<[rule: Partial<NormalizeRule>, before: string | null, after: string | null]>([
    [{ text: ['trim'] }, ' \t\u00a0a b\u3000\n', 'a b'],
    [{ text: ['lower'] }, 'ÄÖ Straße 👋🏽', 'äö straße 👋🏽'],
    [{ text: ['upper'] }, 'äé שלום', 'ÄÉ שלום'],
    [{ text: ['trim', 'emptyToNull'] }, '  ', null],
    [{ text: ['trim'] }, '  ', ''],
    [{ text: ['emptyToNull'] }, ' ', ' '],
    [{ text: ['trim', 'lower'], nullTokens: ['n/a', "o'no"] }, ' N/A ', null],
    [{ nullTokens: ['n/a', "o'no"] }, "o'no", null],
    [{ nullTokens: ['n/a'] }, 'n/a b', 'n/a b'],
    [{ text: ['trim'], nullTokens: ['x'] }, null, null],
  ])('%j makes of %j %j', async (rule, before, after) => {
    expect(await outcomes('string', rule, [JSON.stringify(before)])).toEqual([after]);
  });
});

describe('times', () => {
  it.each<[type: DataType, json: string, milliseconds: string | null]>([
    // Numbers, by their size: seconds, milliseconds, microseconds, nanoseconds.
    ['long', '1769472000', '1769472000000'],
    ['long', '1769472000123', '1769472000123'],
    ['long', '1769472000123999', '1769472000123'],
    ['long', '1769472000123999999', '1769472000123'],
    ['integer', '0', '0'],
    ['long', '-1', '-1000'],
    ['long', '-100000000000001', '-100000000001'],
    ['long', '9223372036854775807', '9223372036854'],
    ['double', '1769472000.123', '1769472000123'],
    ['double', '-0.0', '0'],
    ['decimal(38,18)', '1769472000.123456', '1769472000123'],
    ['string', '"1769472000"', '1769472000000'],
    ['string', '"1769472000.5"', '1769472000500'],
    ['string', '"99999999999999999999"', null],
    // ISO 8601.
    ['string', '"2026-01-27T00:00:00Z"', '1769472000000'],
    ['string', '"2026-01-27t00:00:00z"', '1769472000000'],
    ['string', '"2026-01-27 00:00:00.123456789"', '1769472000123'],
    ['string', '"2026-01-27T00:00:00,5+05:30"', '1769452200500'],
    ['string', '"2026-01-27T00:00:00-0530"', '1769491800000'],
    ['string', '"20260127T000000Z"', '1769472000000'],
    ['string', '"2026-01-27"', '1769472000000'],
    ['string', '"2024-02-29T12:00Z"', '1709208000000'],
    ['string', '"2023-02-29T12:00Z"', null],
    ['string', '"1969-12-31T23:59:59.9995Z"', '-1'],
    ['string', '"0001-01-01T00:00:00Z"', '-62135596800000'],
    ['string', '"0001-01-01T00:00:00+01:00"', null],
    ['string', '"9999-12-31T23:59:59.999Z"', '253402300799999'],
    // Both sides of the hour that Berlin skips.
    ['string', '"2026-03-29T01:59:59+01:00"', '1774745999000'],
    ['string', '"2026-03-29T03:00:00+02:00"', '1774746000000'],
    ['string', '"2026-03-29 02:30:00 Europe/Berlin"', null],
    ['string', '"yesterday"', null],
    ['string', '"infinity"', null],
    ['string', '""', null],
    ['string', 'null', null],
    ['timestamp', '"2026-01-27T01:00:00+01:00"', '1769472000000'],
    ['timestamp_ntz', '"2026-01-27T00:00:00"', '1769472000000'],
    ['date', '"2026-01-27"', '1769472000000'],
  ])('of a %s, %s in milliseconds is %s', async (type, json, milliseconds) => {
    expect(await outcomes(type, auto('milliseconds'), [json])).toEqual([milliseconds]);
  });

  it('can be ISO 8601 text in UTC, or a timestamp, to the microsecond', async () => {
    const times = ['"2026-01-27T01:00:00.123456+01:00"', '-1', '"0001-01-01"'];
    expect(await outcomes('string', auto('iso8601'), times)).toEqual([
      '2026-01-27T00:00:00.123456Z',
      '1969-12-31T23:59:59.000000Z',
      '0001-01-01T00:00:00.000000Z',
    ]);
    expect(await outcomes('string', auto('timestamp'), times)).toEqual([
      '2026-01-27 00:00:00.123456+00',
      '1969-12-31 23:59:59+00',
      '0001-01-01 00:00:00+00',
    ]);
  });

  it('of numbers are what the unit says', async () => {
    const read = (unit: Timestamp['unit']): Promise<unknown[]> =>
      outcomes('long', { timestamp: { to: 'iso8601', unit, onFailure: 'null' } }, ['100000000']);
    expect(await read('seconds')).toEqual(['1973-03-03T09:46:40.000000Z']);
    expect(await read('milliseconds')).toEqual(['1970-01-02T03:46:40.000000Z']);
    expect(await read('microseconds')).toEqual(['1970-01-01T00:01:40.000000Z']);
  });

  it('that cannot be read make a dead letter, which null does not', async () => {
    expect(await outcomes('string', auto('timestamp', 'reject'), ['"x"', 'null', '"2026-01-27"'])).toEqual([
      'CAST_FAILED',
      null,
      '2026-01-27 00:00:00+00',
    ]);
  });

  it('are read after the text was settled', async () => {
    const rule = { text: ['trim' as const], nullTokens: ['never'], ...auto('milliseconds', 'reject') };
    expect(await outcomes('string', rule, ['" 1769472000 "', '"never"'])).toEqual(['1769472000000', null]);
  });
});

describe('fields', () => {
  const schema = [
    field('a.b "c"', 'string'),
    field('select', struct(field('x', 'string', false), field('at', 'string'), field('n', 'long'))),
    field('deep', {
      type: 'array',
      elementType: struct(field('tags', { type: 'array', elementType: 'string', containsNull: true })),
      containsNull: true,
    }),
    field('by_name', { type: 'map', keyType: 'string', valueType: 'string', valueContainsNull: true }),
  ];
  const given = {
    'a.b "c"': ' Q ',
    select: { x: ' X ', at: '0', n: 1 },
    deep: [{ tags: [' A', null, 'B '] }, null, { tags: null }],
    by_name: { k: ' V ' },
  };

  it('may be nested, in arrays of structs of arrays, in maps, and named like anything', async () => {
    const { rows } = await runPipeline(
      parts(
        schema,
        { field: 'a.b "c"', text: ['trim'] },
        { field: 'select.x', text: ['trim', 'lower'] },
        { field: 'select.at', ...auto('milliseconds') },
        { field: 'deep[].tags[]', text: ['trim'], nullTokens: ['B'] },
        { field: 'by_name[]', text: ['trim'] },
      ),
      [JSON.stringify(given), '{}'],
      { orderBy: '_offset' },
    );
    expect(rows[0]).toMatchObject({
      'a.b "c"': 'Q',
      select: { x: 'x', at: '0', n: '1' },
      deep: [{ tags: ['A', null, null] }, null, { tags: null }],
      by_name: [{ key: 'k', value: 'V' }],
    });
    expect(rows[1]).toMatchObject({ 'a.b "c"': null, select: null, deep: null, by_name: null });
  });

  it('name the element that cannot be read', async () => {
    const times = field('times', { type: 'array', elementType: 'string', containsNull: false });
    const { deadLetters, rows } = await runPipeline(
      parts([times], { field: 'times[]', ...auto('timestamp', 'reject') }),
      ['{"times":["0","soon"]}', '{"times":["0"]}'],
    );
    expect(deadLetters).toMatchObject([{ step: 'normalize', error_message: 'cannot read field times[] as a time' }]);
    expect(rows).toMatchObject([{ times: ['1970-01-01 00:00:00+00'] }]);
  });

  it('change their type in the table, and can be null only where a rule makes nulls', () => {
    const required = [field('a', 'string', false), field('b', 'string', false)];
    const rules = [
      { field: 'a', ...auto('timestamp', 'reject') },
      { field: 'b', nullTokens: ['-'] },
    ];
    expect(tableSchema(jobSpec(parts(required, ...rules))).fields.slice(0, 2)).toEqual([
      field('a', 'timestamp', false),
      field('b', 'string', true),
    ]);
  });

  it.each([
    [{ field: 'nope' }, 'there is no such field'],
    [{ field: 'select', text: ['trim' as const] }, 'for strings'],
    [{ field: 'select.n', nullTokens: ['-'] }, 'for strings'],
    [{ field: 'deep', ...auto('timestamp') }, 'timestamp is for'],
  ])('are refused where a rule cannot work: %j', (rule, problem) => {
    expect(() => tableSchema(jobSpec(parts(schema, rule)))).toThrow(
      expect.objectContaining({ code: 'PIPELINE_INVALID', message: expect.stringContaining(problem) as string }),
    );
  });
});
