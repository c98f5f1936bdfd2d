import { describe, expect, it } from 'vitest';
import { field, struct, type StructField } from '../../../src/model/table/table-schema.ts';
import { runPipeline, type Row } from '../../support/run-pipeline.ts';

async function read(schema: readonly StructField[], values: readonly string[]): Promise<readonly Row[]> {
  const { rows, deadLetters } = await runPipeline(
    { parse: { format: 'json', schema, onCastFailure: 'reject' }, metadata: { _offset: 'offset' } },
    values,
    { orderBy: '_offset' },
  );
  expect(deadLetters).toEqual([]);
  return rows;
}

const numerals = ['1.10', '1.0', '1e5', '1E+2', '-0', '-0.0', '0', '0.00001', '1.5', '123456789.123456789012345678'];
const beyondDoubles = ['123456789012345678901234567890', '18446744073709551616', '1E400', '0.1000000000000000055'];

describe('numbers in columns of text', () => {
  it('keep the characters that they were written with', async () => {
    const all = [...numerals, ...beyondDoubles];
    const rows = await read(
      [field('a', 'string')],
      [...all.map((n) => `{"a":${n}}`), ...all.map((n) => `{"a": "${n}"}`)],
    );
    expect(rows.map((row) => row['a'])).toEqual([...all, ...all]);
  });

  it('do so at any depth, under any name, beside columns of other types', async () => {
    const list = { type: 'array', elementType: struct(field('v', 'string')), containsNull: true } as const;
    const map = { type: 'map', keyType: 'string', valueType: 'string', valueContainsNull: true } as const;
    const schema = [
      field('s', struct(field('a/b~c', 'string'), field('n', 'double'), field('i', 'long'))),
      field('list', list),
      field('map', map),
      field('d', 'decimal(38,18)'),
      field('o', struct(field('x', 'string'))),
      field('text', 'string'),
    ];
    const rest = '"n":1.50,"i":7},"d":1.10,"o":null,"text":"say \\"1.10\\", ok"';
    const [first, second, third] = await read(schema, [
      `{"s":{"a/b~c":1.10,${rest}}`,
      `{"s":{"a/b~c":"1.10",${rest},"list":[{"v":"x"},{"v":2.50}]}`,
      `{"s":{"a/b~c":null,${rest},"map":{"k":1e5,"é":"e"}}`,
    ]);
    const others = { d: '1.100000000000000000', o: null, text: 'say "1.10", ok' };
    expect(first).toMatchObject({ ...others, s: { 'a/b~c': '1.10', n: 1.5, i: '7' }, list: null, map: null });
    expect(second).toMatchObject({
      ...others,
      s: { 'a/b~c': '1.10', n: 1.5, i: '7' },
      list: [{ v: 'x' }, { v: '2.50' }],
    });
    expect(third).toMatchObject({
      ...others,
      s: { 'a/b~c': null },
      map: [
        { key: 'k', value: '1e5' },
        { key: 'é', value: 'e' },
      ],
    });
  });

  it('do so inside of objects and lists, and stay numbers', async () => {
    const schema = [field('a', 'string'), field('d', 'decimal(38,18)')];
    const rows = await read(schema, [
      '{"a":{"n":1.10,"s":"1.10 \\"2.20\\"","l":[1e5,-3]}}',
      '{"a":[1.0,"\\u0001",0.1000000000000000055]}',
      '{"a":{"n":1.5},"d":0.123456789012345678}',
      '{"a":"{\\"n\\":1.10}"}',
    ]);
    expect(rows.map((row) => row['a'])).toEqual([
      '{"n":1.10,"s":"1.10 \\"2.20\\"","l":[1e5,-3]}',
      '[1.0,"\\u0001",0.1000000000000000055]',
      '{"n":1.5}',
      '{"n":1.10}',
    ]);
    expect(rows[2]?.['d']).toBe('0.123456789012345678');
  });

  it('do so beside noncharacters of Unicode, which stay too', async () => {
    const schema = [field('a', 'string'), field('b', 'string')];
    const rows = await read(schema, [
      '{"a":1.10,"b":"\uFDD0x"}',
      '{"a":1.10,"b":"\\uFDd0x"}',
      '{"a":1.10,"b":"\uFDD1"}',
    ]);
    expect(rows.map(({ a, b }) => [a, b])).toEqual([
      ['1.10', '\uFDD0x'],
      ['1.10', '\uFDD0x'],
      ['1.10', '\uFDD1'],
    ]);
  });

  it('keep first keys first, and absent, null and empty apart', async () => {
    const schema = [
      field('a', 'string'),
      field('s', struct(field('x', 'string'))),
      field('l', { type: 'array', elementType: 'string', containsNull: true }),
    ];
    const rows = await read(schema, [
      '{"a":1.10,"a":2.20,"s":{},"l":[]}',
      '{"a":1.10,"s":null,"l":[null,""]}',
      '{"a":1.10}',
    ]);
    expect(rows.map(({ a, s, l }) => [a, s, l])).toEqual([
      ['1.10', { x: null }, []],
      ['1.10', null, [null, '']],
      ['1.10', null, null],
    ]);
  });
});
