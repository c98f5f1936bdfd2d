import { describe, expect, it } from 'vitest';
import { isCovered, mergeFields, typeText } from '../../../../src/model/table/schema-merge.ts';
import { field, struct, type DataType, type PrimitiveType } from '../../../../src/model/table/table-schema.ts';

const list = (elementType: DataType): DataType => ({ type: 'array', elementType, containsNull: true });
const map = (valueType: DataType): DataType => ({
  type: 'map',
  keyType: 'string',
  valueType,
  valueContainsNull: true,
});

describe('merging fields', () => {
  it('adds what is new at any depth, behind what is there, and lets it be null', () => {
    const held = [
      field('id', 'long', false),
      field('who', struct(field('name', 'string'))),
      field('items', list(struct(field('sku', 'string')))),
      field('by_day', map(list(struct(field('n', 'integer'))))),
    ];
    const wanted = [
      field('note', 'string', false),
      field('by_day', map(list(struct(field('m', 'double'))))),
      field('items', list(struct(field('price', 'decimal(10,2)'), field('sku', 'string')))),
      field('who', struct(field('address', struct(field('zip', 'string'))))),
    ];
    const merge = mergeFields(held, wanted);
    expect(typeText(struct(...merge.fields))).toBe(
      'struct<id: long, who: struct<name: string, address: struct<zip: string>>, ' +
        'items: array<struct<sku: string, price: decimal(10,2)>>, ' +
        'by_day: map<string, array<struct<n: integer, m: double>>>, note: string>',
    );
    expect(merge.added).toEqual(['who.address', 'items[].price', 'by_day[][].m', 'note']);
    expect(merge.fields.map(({ nullable }) => nullable)).toEqual([false, true, true, true, true]);
    expect(isCovered(mergeFields(merge.fields, wanted))).toBe(true);
  });

  const kinds: readonly [PrimitiveType, PrimitiveType, 'widened' | 'narrower' | 'conflicts'][] = [
    ['byte', 'short', 'widened'],
    ['integer', 'long', 'widened'],
    ['long', 'integer', 'narrower'],
    ['float', 'double', 'widened'],
    ['decimal(10,2)', 'decimal(12,4)', 'widened'],
    ['decimal(10,2)', 'decimal(12,2)', 'widened'],
    ['decimal(12,4)', 'decimal(10,2)', 'narrower'],
    ['decimal(10,2)', 'decimal(11,4)', 'conflicts'],
    ['integer', 'double', 'conflicts'],
    ['long', 'decimal(20,0)', 'conflicts'],
    ['long', 'string', 'conflicts'],
    ['date', 'timestamp', 'conflicts'],
    ['timestamp', 'timestamp_ntz', 'conflicts'],
  ];
  it.each(kinds)('%s, of which %s is wanted, is %s', (held, wanted, kind) => {
    for (const wrap of [(type: DataType) => type, list, map, (type: DataType) => struct(field('in', type))]) {
      const merge = mergeFields([field('x', wrap(held))], [field('x', wrap(wanted))]);
      expect(merge[kind]).toMatchObject([{ held, wanted }]);
      const type = kind === 'widened' ? wanted : held;
      expect(merge.fields).toEqual([field('x', wrap(type))]);
    }
  });

  it('leaves types as they are where they must not be widened', () => {
    const merge = mergeFields([field('x', 'integer')], [field('x', 'long'), field('y', 'long')], { widen: false });
    expect(merge.fields).toEqual([field('x', 'integer'), field('y', 'long')]);
    expect(merge.widened).toHaveLength(1);
  });

  it('takes names that differ in case alone for a mistake, and other kinds of types for a conflict', () => {
    const held = [field('userId', 'long'), field('who', struct(field('a', 'long')))];
    const merge = mergeFields(held, [field('USERID', 'long'), field('who', list('long'))]);
    expect(merge.fields).toEqual(held);
    expect(merge.misspelt).toEqual([{ place: 'userId', wanted: 'USERID' }]);
    expect(merge.conflicts).toMatchObject([{ place: 'who' }]);
    expect(isCovered(merge)).toBe(false);
  });
});
