import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { field, struct, type DataType, type PrimitiveType } from '../../../../src/model/table/table-schema.ts';
import { formatType } from '../../../../src/spec/column-types/type-format.ts';
import { parseColumn, parseColumnList, parseType } from '../../../../src/spec/column-types/type-parser.ts';
import { propertyRuns } from '../../../support/property/property-runs.ts';

describe('parseType', () => {
  it.each<[string, DataType]>([
    ['string', 'string'],
    ['BIGINT', 'long'],
    ['long', 'long'],
    ['int', 'integer'],
    ['Integer', 'integer'],
    ['smallint', 'short'],
    ['tinyint', 'byte'],
    ['real', 'float'],
    ['double', 'double'],
    ['timestamp', 'timestamp'],
    ['timestamp_ltz', 'timestamp'],
    ['timestamp_ntz', 'timestamp_ntz'],
    ['date', 'date'],
    ['decimal', 'decimal(10,0)'],
    ['decimal( 5 )', 'decimal(5,0)'],
    ['numeric(38, 18)', 'decimal(38,18)'],
    ['array<string>', { type: 'array', elementType: 'string', containsNull: true }],
    ['map<string,int>', { type: 'map', keyType: 'string', valueType: 'integer', valueContainsNull: true }],
    ['struct<a: string, b int not null>', struct(field('a', 'string'), field('b', 'integer', false))],
    ['struct<`a b`: int, c$-d: int>', struct(field('a b', 'integer'), field('c$-d', 'integer'))],
    [
      'array<struct<sku: string, tags: map<string, array<double>>>>',
      {
        type: 'array',
        containsNull: true,
        elementType: struct(
          field('sku', 'string'),
          field('tags', {
            type: 'map',
            keyType: 'string',
            valueType: { type: 'array', elementType: 'double', containsNull: true },
            valueContainsNull: true,
          }),
        ),
      },
    ],
  ])('reads %j', (text, type) => {
    expect(parseType(text)).toEqual({ ok: true, value: type });
  });

  it.each([
    ['strng', 'string, not strng, at character 1'],
    ['', 'a type at character 1'],
    ['varchar(20)', 'string, the type of all text, at character 1'],
    ['array', '`<` after array at character 6'],
    ['array<string', '`>` after the element type at character 13'],
    ['array<strin>', 'string, not strin, at character 7'],
    ['map<string>', '`,` after the key type at character 11'],
    ['map<array<int>, int>', 'a key type that is not nested at character 5'],
    ['struct<a: int,>', 'the name of a field at character 15'],
    ['struct<>', 'the name of a field at character 8'],
    ['int int', 'the end of the type at character 5'],
    ['int not null', 'the end of the type at character 5'],
    ['decimal(39,2)', 'a precision from 1 to 38 at character 9'],
    ['decimal(5,6)', 'a scale from 0 to 5 at character 9'],
    ['decimal(38', '`,` or `)` of a decimal (inside { } or [ ] quote a type with a comma) at character 11'],
    ['decimal(a)', 'the precision at character 9'],
  ])('says what was expected in %j', (text, expected) => {
    expect(parseType(text)).toEqual({ ok: false, expected });
  });

  it('lists the types when none is near', () => {
    expect(parseType('constructor')).toEqual({
      ok: false,
      expected:
        'a type (string, bigint, long, int, integer, smallint, short, tinyint, byte, float, real, double, boolean, binary, ' +
        'date, timestamp, timestamp_ltz, timestamp_ntz, decimal, dec, numeric, array, map, struct) at character 1',
    });
  });

  it('survives a text of any depth', () => {
    expect(parseType('array<'.repeat(100_000))).toEqual({
      ok: false,
      expected: 'at most 64 levels of nesting at character 391',
    });
  });

  it('reads back every type that formatType writes', () => {
    fc.assert(
      fc.property(types, (type) => {
        expect(parseType(formatType(type))).toEqual({ ok: true, value: type });
      }),
      propertyRuns(100),
    );
  });
});

describe('parseColumn', () => {
  it('reads nullability and a comment', () => {
    expect(parseColumn('id', `bigint NOT  NULL COMMENT 'the user''s'`)).toMatchObject({ ok: false });
    expect(parseColumn('id', String.raw`bigint NOT  NULL COMMENT 'the user\'s id'`)).toEqual({
      ok: true,
      value: { name: 'id', type: 'long', nullable: false, metadata: { comment: "the user's id" } },
    });
    expect(parseColumn('id', 'bigint null')).toEqual({ ok: true, value: field('id', 'long') });
  });
});

describe('parseColumnList', () => {
  it('reads a list in the DDL of Spark', () => {
    expect(parseColumnList('event_id STRING NOT NULL, tags ARRAY<STRING>')).toEqual({
      ok: true,
      value: [
        field('event_id', 'string', false),
        field('tags', { type: 'array', elementType: 'string', containsNull: true }),
      ],
    });
  });
});

const decimals = fc
  .integer({ min: 1, max: 38 })
  .chain((precision) =>
    fc.integer({ min: 0, max: precision }).map((scale): PrimitiveType => `decimal(${precision},${scale})`),
  );

const primitives = fc.oneof(
  fc.constantFrom<PrimitiveType>(
    'string',
    'long',
    'integer',
    'short',
    'byte',
    'float',
    'double',
    'boolean',
    'binary',
    'date',
    'timestamp',
    'timestamp_ntz',
  ),
  decimals,
);

const fieldNames = fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' });

const { types } = fc.letrec<{ types: DataType }>((tie) => ({
  types: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    primitives,
    tie('types').map((elementType): DataType => ({ type: 'array', elementType, containsNull: true })),
    fc
      .tuple(primitives, tie('types'))
      .map(([keyType, valueType]): DataType => ({ type: 'map', keyType, valueType, valueContainsNull: true })),
    fc
      .array(fc.tuple(fieldNames, tie('types'), fc.boolean(), fc.option(fc.string())), { minLength: 1, maxLength: 4 })
      .map((fields) =>
        struct(
          ...fields.map(([name, type, nullable, comment]) => ({
            name,
            type,
            nullable,
            metadata: comment === null ? {} : { comment },
          })),
        ),
      ),
  ),
}));
