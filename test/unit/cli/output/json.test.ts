import { describe, expect, test } from 'vitest';
import { bytesText, cellText, csvField } from '../../../../src/cli/output/cell-text.ts';
import { toJson } from '../../../../src/cli/output/json.ts';

const value = {
  big: 9_007_199_254_740_993n,
  bytes: Buffer.from([0, 255]),
  none: null,
  list: [1, { a: 'x"' }],
  empty: {},
};

describe('JSON output', () => {
  test('keeps all digits of a bigint, and bytes as base64', () => {
    expect(toJson(value)).toBe(
      '{"big":9007199254740993,"bytes":"AP8=","none":null,"list":[1,{"a":"x\\""}],"empty":{}}',
    );
  });

  test('indented is what JSON.stringify prints', () => {
    const plain = { a: [1, [], { b: 'c' }], d: {}, e: null };
    expect(toJson(plain, 2)).toBe(JSON.stringify(plain, null, 2));
  });

  test('leaves out what is undefined', () => {
    expect(toJson({ a: undefined, b: 1 })).toBe('{"b":1}');
  });
});

describe('cells', () => {
  test('show bytes as text where they are UTF-8, else as hex', () => {
    expect(bytesText(Buffer.from('ü'))).toBe('ü');
    expect(bytesText(Buffer.from([0xff, 0x00]))).toBe('0xff00');
  });

  test('show structs as JSON and nulls as nothing', () => {
    expect(cellText({ a: 1n, b: [true] })).toBe('{"a":1,"b":[true]}');
    expect(cellText(null)).toBe('');
  });

  test('of CSV are quoted where RFC 4180 asks for it, and tell an empty text from a null', () => {
    expect(['a,b', 'say "x"', 'two\nlines', '', 'plain'].map(csvField)).toEqual([
      '"a,b"',
      '"say ""x"""',
      '"two\nlines"',
      '""',
      'plain',
    ]);
    expect(csvField(null)).toBe('');
  });
});
