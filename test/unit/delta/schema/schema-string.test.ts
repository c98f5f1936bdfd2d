import { expect, it } from 'vitest';
import { parseSchemaString, printSchemaString } from '../../../../src/delta/schema/schema-string.ts';
import { deadLetterSchema } from '../../../../src/model/table/dead-letter.ts';
import { field, struct } from '../../../../src/model/table/table-schema.ts';

it('reads back what it prints, nested types and column metadata included', () => {
  const schema = struct(
    field('a', 'long', false),
    field('price', 'decimal(38,18)'),
    field('local', 'timestamp_ntz'),
    field('list', { type: 'array', elementType: struct(field('x', 'double')), containsNull: false }),
    field('map', { type: 'map', keyType: 'string', valueType: deadLetterSchema, valueContainsNull: true }),
    { ...field('noted', 'string'), metadata: { comment: 'für Leute', deep: { n: 1 } } },
  );
  expect(parseSchemaString(printSchemaString(schema))).toEqual(schema);
});

it('prints the form of PROTOCOL.md, Schema Serialization Format', () => {
  expect(printSchemaString(struct(field('a', 'integer')))).toBe(
    '{"type":"struct","fields":[{"name":"a","type":"integer","nullable":true,"metadata":{}}]}',
  );
});

it.each([
  ['{', 'TABLE_CORRUPT', /not valid/],
  ['"long"', 'TABLE_CORRUPT', /struct/],
  ['{"type":"struct"}', 'TABLE_CORRUPT', /fields/],
  ['{"type":"struct","fields":[{"type":"long"}]}', 'TABLE_CORRUPT', /name/],
  ['{"type":"struct","fields":[{"name":"v","type":"variant"}]}', 'TABLE_FEATURE_UNSUPPORTED', /schema\.v.*"variant"/],
  ['{"type":"struct","fields":[{"name":"v","type":"variant"}]}', 'TABLE_FEATURE_UNSUPPORTED', /"variant"/],
  ['{"type":"struct","fields":[{"name":"v","type":{"type":"udt"}}]}', 'TABLE_FEATURE_UNSUPPORTED', /"udt"/],
])('refuses %s', (text, code, message) => {
  const parse = (): unknown => parseSchemaString(text);
  expect(parse).toThrow(expect.objectContaining({ code }));
  expect(parse).toThrow(message);
});
