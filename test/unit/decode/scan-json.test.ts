import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanJson } from '../../../src/decode/scan-json.ts';
import { jsonScan, type JsonScan } from '../../../src/model/pipeline/json-scan.ts';
import { withPlainDuckDB } from '../../support/plain-duckdb.ts';
import { propertyRuns } from '../../support/property/property-runs.ts';

function scan(text: string): JsonScan {
  return scanJson(Buffer.from(text));
}

const numeral = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(fc.constantFrom('0', '1', '10'), fc.bigInt({ min: 1n, max: 10n ** 21n }).map(String)),
    fc.oneof(
      fc.constantFrom('', '.0', '.5', '.10', '.00001', '.0001', '.000012'),
      fc.nat().map((n) => `.${n}`),
    ),
    fc.oneof({ weight: 4, arbitrary: fc.constant('') }, fc.constantFrom('e1', 'E-7', 'e+300', 'e-320')),
  )
  .map((parts) => parts.join(''));

describe('what a look at the bytes proves', () => {
  it.each([
    '{}',
    ' {"a" : [ ] , "b":{} }\r\n\t',
    '{"a":"","b":"é € 😀","c":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uE000"}',
    '{"a":[1,-20,0,123456789012345678,-0.5,12.25,0.0001,1234567.12345678],"b":[true,false,null,[[{"c":1}]]]}',
    '{"NaN":"Infinity, nan]","a":"[1.10,"}',
  ])('%s keeps its numbers', (text) => {
    expect(scan(text)).toBe(jsonScan.keepsNumbers);
  });

  it.each(['1.10', '1.0', '-0', '-0.0', '0.0', '1e5', '1E-7', '0.00001', '1234567890123456789', '0.1234567890123456'])(
    'an object with %s is proven, and its number is not',
    (number) => {
      expect(scan(`{"a":[${number},1]}`)).toBe(jsonScan.isObject);
    },
  );

  it.each([
    ...['', ' ', '1', '"a"', '[]', 'null', '{', '{"a"', '{"a":', '{"a":1', '{"a":1,', '{"a":1,}', '{"a":[1,]}', '{,}'],
    ...['{"a":NaN}', '{"a":-Infinity}', '{"a":nul}', '{"a":truE}', '{"a":fals', '{"a":01}', '{"a":1.}', '{"a":.5}'],
    ...['{"a":-}', '{"a":1e}', '{"a":1e+}', '{"a":+1}', '{a:1}', "{'a':1}", '{"a" 1}', '{"a":1 "b":2}', '{"a":1}}'],
    ...['{"a":1]', '{"a":[1}', '{"a":[1 2]}', '{"a":"\n"}', '{"a":"\\x"}', '{"a":"\\u12"}', '{"a":"\\', '{"a":1}1'],
    '{"a":"\\ud83d"}',
    `{"a":${'['.repeat(70)}${']'.repeat(70)}}`,
  ])('nothing is proven of %j', (text) => {
    expect(scan(text)).toBe(jsonScan.nothing);
  });

  it('is what JavaScript reads as an object, whatever is done to the text', () => {
    const pieces = fc.constantFrom(
      ...Array.from(',:"\\{}[]-+.eE01 \n\t'),
      'NaN',
      'null',
      'true',
      '\\u',
      '\\ud83d',
      '\0',
      'é',
    );
    const edit = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(2), pieces);
    const property = fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(edit), (object, edits) => {
      const text = edits.reduce(
        (points, [at, deleted, inserted]) => {
          return points.toSpliced(Math.floor(at * (points.length + 1)), deleted, inserted);
        },
        Array.from(JSON.stringify(object)),
      );
      if (scan(text.join('')) === jsonScan.nothing) return;
      const read: unknown = JSON.parse(text.join(''));
      expect(typeof read === 'object' && read !== null && !Array.isArray(read)).toBe(true);
    });
    fc.assert(property, propertyRuns(2000));
  });

  it('is of a number that the engine writes it with the same characters', async () => {
    const numerals = fc.sample(numeral, 5000).filter((number) => scan(`{"a":${number}}`) === jsonScan.keepsNumbers);
    expect(numerals.length).toBeGreaterThan(500);
    const texts = numerals.map((number) => `('{"a":${number}}')`).join(', ');
    const sql = `SELECT from_json(t, '{"a":"VARCHAR"}').a FROM (VALUES ${texts}) AS texts(t)`;
    const written = await withPlainDuckDB((connection) => connection.runAndReadAll(sql));
    expect(written.getColumns()[0]).toEqual(numerals);
  });
});
