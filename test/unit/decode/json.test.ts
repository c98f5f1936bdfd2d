import { describe, expect, it } from 'vitest';
import type { DataType, StructField } from '../../../src/model/table/table-schema.ts';
import { field, struct } from '../../../src/model/table/table-schema.ts';
import { runPipeline, type PipelineRun, type RunParts } from '../../support/run-pipeline.ts';

function parse(
  schema: readonly StructField[],
  values: readonly string[],
  onCastFailure: 'reject' | 'null' = 'reject',
  parts: RunParts = {},
): Promise<PipelineRun> {
  const metadata = { _offset: 'offset' } as const;
  return runPipeline({ parse: { format: 'json', schema, onCastFailure }, metadata }, values, {
    orderBy: '_offset',
    ...parts,
  });
}

/** What becomes of `{"a": <json>}` in a column `a`: the value, or the dead letter's message. */
async function outcomes(type: DataType, jsons: readonly string[]): Promise<unknown[]> {
  const { rows, deadLetters } = await parse(
    [field('a', type)],
    jsons.map((json) => `{"a":${json}}`),
  );
  return jsons.map((_, offset) => {
    const row = rows.find((r) => r['_offset'] === String(offset));
    return row ? row['a'] : deadLetters.find((r) => r['offset'] === String(offset))?.['error_code'];
  });
}

const failed = 'CAST_FAILED';
const list = { type: 'array', elementType: 'string', containsNull: true } as const;

describe('JSON text', () => {
  const invalid: readonly [name: string, value: string][] = [
    ['cut off', '{"a": 1'],
    ['NaN', '{"a": NaN}'],
    ['nan in capitals of all kinds', '{"a": nAn}'],
    ['Infinity', '{"a": -Infinity}'],
    ['inf before a blank', '{"a": [inf ]}'],
    ['NaN beside a column that is not in the schema', '{"b":[1,NaN],"a":1}'],
    ['trailing comma in an object', '{"a":1,}'],
    ['trailing comma in a list', '{"a":1,"b":[1,2, ]}'],
    ['single quotes', "{'a':1}"],
    ['a comment', '{"a":1} // one'],
    ['two documents', '{"a":1}{"a":2}'],
    ['byte order mark', '\ufeff{"a":1}'],
    ['lone surrogate', '{"a":"\\ud800"}'],
    ['raw control character', '{"a":"\u0001"}'],
    ['NUL byte', '{"a":1}\0'],
    ['leading zero', '{"a":01}'],
    ['only blanks', '   '],
  ];
  it('that is not JSON becomes a dead letter', async () => {
    // A list inside of a struct makes the pipeline look into the text once more.
    const { rows, deadLetters } = await parse(
      [field('a', 'string'), field('nested', struct(field('list', list)))],
      invalid.map(([, value]) => value),
    );
    expect(rows).toEqual([]);
    expect(deadLetters.map((row) => [invalid[Number(row['offset'])]?.[0], row['error_code']])).toEqual(
      invalid.map(([name]) => [name, 'INVALID_JSON']),
    );
  });

  it('that only looks like what JSON lacks is read', async () => {
    const values = [
      '{"a":"NaN","tenant":"nan, inf] ,}"}',
      '{"a":"x,]","info":["inf"],"finance":null}',
      '{"a":"\\",}NaN,"}',
    ];
    const { rows, deadLetters } = await parse([field('a', 'string')], values);
    expect(deadLetters).toEqual([]);
    expect(rows.map((row) => row['a'])).toEqual(['NaN', 'x,]', '",}NaN,']);
  });

  it('that is no object, or nothing at all, says so', async () => {
    const values = ['', '[]', '"text"', '12', 'null', 'true', ' \n\t{"a":"ok"}\r '];
    const { rows, deadLetters } = await parse([field('a', 'string')], values);
    expect(deadLetters.map((row) => row['error_code'])).toEqual([
      'EMPTY_VALUE',
      ...Array.from({ length: 5 }, () => 'NOT_AN_OBJECT'),
    ]);
    expect(rows).toEqual([{ a: 'ok', _offset: '6' }]);
  });

  it('survives deep nesting, very large values and escaped NUL', async () => {
    const depth = 100_000;
    const values = [
      `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`,
      `{"b":${'{"x":'.repeat(depth)}1${'}'.repeat(depth)},"a":"deep"}`,
      `{"a":"${'x'.repeat(10_000_000)}"}`,
      '{"a":"\\u0000|\\ud83d\\ude00|שלום"}',
    ];
    const { rows, deadLetters } = await parse([field('a', 'string')], values);
    expect(deadLetters).toEqual([]);
    expect(rows.map((row) => String(row['a']).length)).toEqual([2 * depth, 4, 10_000_000, 9]);
    expect(rows[3]?.['a']).toBe('\0|😀|שלום');
  });
});

describe('JSON columns', () => {
  it('take the first of keys that occur twice, and tell keys by case', async () => {
    const { rows } = await parse([field('a', 'long')], ['{"a":1,"a":2}', '{"A":1}']);
    expect(rows.map((row) => row['a'])).toEqual(['1', null]);
  });

  it('may have any name', async () => {
    const names = ['select', 'a b', 'a.b', 'q"q', "it's", 'x/y~z', '$', 'é😀', 'back\\slash', 'from', '*'];
    const schema = [
      ...names.map((name) => field(name, 'long')),
      field('out"er', struct(field('in.ner', struct(field('d"eep', 'long'))))),
    ];
    const document = Object.fromEntries(names.map((name, index) => [name, index]));
    const value = { ...document, 'out"er': { 'in.ner': { 'd"eep': 5 } } };
    const { rows } = await parse(schema, [JSON.stringify(value), JSON.stringify({ ...value, 'out"er': 5 })]);
    expect(rows).toEqual([
      {
        ...Object.fromEntries(names.map((name, index) => [name, String(index)])),
        'out"er': { 'in.ner': { 'd"eep': '5' } },
        _offset: '0',
      },
    ]);
  });

  const cases: readonly [type: DataType, pairs: readonly (readonly [json: string, expected: unknown])[]][] = [
    [
      'long',
      [
        ['9007199254740993', '9007199254740993'],
        ['-9223372036854775808', '-9223372036854775808'],
        ['9223372036854775808', failed],
        ['1.5', failed],
        ['5.0', '5'],
        ['"12"', '12'],
        ['"x"', failed],
        ['true', failed],
        ['{}', failed],
        ['null', null],
        ['1e3', '1000'],
        ['1769472000123999.0', '1769472000123999'],
        // What was a double on its way may have lost digits.
        ['9007199254740993.0', failed],
        ['1234567890123456789e0', failed],
        ['15e-1', failed],
        ['"15e-1"', failed],
        ['".5"', failed],
      ],
    ],
    [
      'integer',
      [
        ['2147483647', 2147483647],
        ['2147483648', failed],
      ],
    ],
    [
      'short',
      [
        ['-32768', -32768],
        ['32768', failed],
      ],
    ],
    [
      'byte',
      [
        ['127', 127],
        ['128', failed],
      ],
    ],
    [
      'double',
      [
        ['0.1', 0.1],
        ['1e308', 1e308],
        ['1e999', failed],
        ['5', 5],
        ['"NaN"', 'NaN'],
        ['"x"', failed],
        ['[1]', failed],
      ],
    ],
    [
      'float',
      [
        ['1.5', 1.5],
        ['1e300', failed],
      ],
    ],
    [
      'boolean',
      [
        ['true', true],
        ['false', false],
        ['1', failed],
        ['"true"', true],
        ['"yes"', failed],
      ],
    ],
    [
      'decimal(38,18)',
      [
        ['12345678901234567890.123456789012345678', '12345678901234567890.123456789012345678'],
        ['0.1', '0.100000000000000000'],
        ['0.1234567890123456789', failed],
        ['123456789012345678901', failed],
        ['"1.5"', '1.500000000000000000'],
        ['"x"', failed],
        ['1e-7', '0.000000100000000000'],
        ['1.5e19', '15000000000000000000.000000000000000000'],
        ['1e-19', failed],
        ['1.15', '1.150000000000000000'],
        ['-0.0', '0.000000000000000000'],
      ],
    ],
    [
      'decimal(5,2)',
      [
        ['123.45', '123.45'],
        ['123.456', failed],
        ['123.400', '123.40'],
        ['1234.5', failed],
        ['-0.01', '-0.01'],
        ['1.10e0', '1.10'],
        ['1.2345e0', failed],
        ['"1.2345e0"', failed],
        ['0.005', failed],
      ],
    ],
    [
      'decimal(5,5)',
      [
        ['0.12345', '0.12345'],
        ['0.00001', '0.00001'],
        ['-1e-5', '-0.00001'],
        ['1e-6', failed],
        ['1e0', failed],
      ],
    ],
    [
      'string',
      [
        ['"a"', 'a'],
        ['""', ''],
        ['12', '12'],
        ['true', 'true'],
        ['{"x":1}', '{"x":1}'],
        ['[1,"a"]', '[1,"a"]'],
        ['null', null],
      ],
    ],
    [
      'binary',
      [
        ['"aGk="', 'hi'],
        ['"!"', failed],
      ],
    ],
    [
      'date',
      [
        ['"2024-02-29"', '2024-02-29'],
        ['"2023-02-29"', failed],
        ['"0001-01-01"', '0001-01-01'],
        ['"epoch"', failed],
        // A date that would lose something.
        ['"2024-02-29T10:00:00Z"', failed],
        ['"2024-02-29x"', failed],
        ['"1969-12-31"', '1969-12-31'],
        ['20240229', failed],
      ],
    ],
    [
      'timestamp',
      [
        ['"2026-11-20T07:00:00.123456Z"', '2026-11-20 07:00:00.123456+00'],
        ['"2026-11-20T07:00:00+05:30"', '2026-11-20 01:30:00+00'],
        ['"2026-11-20T07:00:00"', '2026-11-20 07:00:00+00'],
        ['"2026-11-20 07:00:00-0200"', '2026-11-20 09:00:00+00'],
        ['"1969-12-31T23:59:59.999999999Z"', '1969-12-31 23:59:59.999999+00'],
        ['"2024-02-29T00:00:00Z"', '2024-02-29 00:00:00+00'],
        ['"2023-02-29T00:00:00Z"', failed],
        ['"9999-12-31T23:59:59.999999Z"', '9999-12-31 23:59:59.999999+00'],
        ['"0001-01-01T00:00:00Z"', '0001-01-01 00:00:00+00'],
        ['"10000-01-01T00:00:00Z"', failed],
        ['"infinity"', failed],
        ['"yesterday"', failed],
        ['1700000000', failed],
      ],
    ],
    ['timestamp_ntz', [['"2026-11-20T07:00:00"', '2026-11-20 07:00:00']]],
    [
      { type: 'array', elementType: 'long', containsNull: true },
      [
        ['[1,null,9007199254740993]', ['1', null, '9007199254740993']],
        ['[]', []],
        ['[1,"x"]', failed],
        ['5', failed],
        ['{"x":1}', failed],
        ['null', null],
      ],
    ],
    [
      { type: 'array', elementType: struct(field('x', 'long'), field('y', 'string')), containsNull: true },
      [
        ['[{"x":1,"y":"a"},null,{}]', [{ x: '1', y: 'a' }, null, { x: null, y: null }]],
        ['[5]', failed],
        ['[{"x":"no"}]', failed],
      ],
    ],
    [
      { type: 'array', elementType: { type: 'array', elementType: 'string', containsNull: true }, containsNull: true },
      [
        ['[["a"],[]]', [['a'], []]],
        ['[["a"],5]', failed],
      ],
    ],
    [
      {
        type: 'array',
        elementType: struct(field('*', list), field('x/y', struct(field('*', list)))),
        containsNull: true,
      },
      [
        [
          '[{"*":["a"],"x/y":{"*":[]}},{"x/y":null}]',
          [
            { '*': ['a'], 'x/y': { '*': [] } },
            { '*': null, 'x/y': null },
          ],
        ],
        ['[{"*":["a"],"x/y":5}]', failed],
        ['[{"*":{"a":1}}]', failed],
        ['[{"x/y":{"*":[1,"b"]}},{"x/y":{"*":7}}]', failed],
      ],
    ],
    [
      { type: 'map', keyType: 'string', valueType: 'long', valueContainsNull: true },
      [
        [
          '{"k":1,"l":null}',
          [
            { key: 'k', value: '1' },
            { key: 'l', value: null },
          ],
        ],
        ['{"k":1,"k":2}', [{ key: 'k', value: '1' }]],
        ['{"k":"no"}', failed],
        ['[1]', failed],
        ['{}', []],
      ],
    ],
    [
      { type: 'map', keyType: 'string', valueType: 'string', valueContainsNull: true },
      [
        [
          '{"k":"a","k":"b","l":"c"}',
          [
            { key: 'k', value: 'a' },
            { key: 'l', value: 'c' },
          ],
        ],
      ],
    ],
    [
      struct(field('x', 'long'), field('s', struct(field('y', 'string')))),
      [
        ['{"x":1,"s":{"y":"a"}}', { x: '1', s: { y: 'a' } }],
        ['{}', { x: null, s: null }],
        ['{"s":{}}', { x: null, s: { y: null } }],
        ['null', null],
        ['5', failed],
        ['[1]', failed],
        ['{"s":5}', failed],
        ['{"x":[]}', failed],
      ],
    ],
  ];
  it.each(cases)('of type %j hold what fits and refuse the rest', async (type, pairs) => {
    const results = await outcomes(
      type,
      pairs.map(([json]) => json),
    );
    expect(pairs.map(([json], index) => [json, results[index]])).toEqual(pairs);
  });

  it('name the field that does not fit, or become null where the job says so', async () => {
    const schema = [
      field('a', 'long'),
      field('s', struct(field('x', 'double'))),
      field('l', { type: 'array', elementType: 'long', containsNull: true }),
    ];
    const values = ['{"a":"x","s":{"x":1}}', '{"a":1,"s":{"x":"y"}}', '{"s":[1]}', '{"l":[1,"b"]}'];
    const { deadLetters } = await parse(schema, values);
    expect(deadLetters.map((row) => [row['error_code'], row['error_message']])).toEqual([
      [failed, 'cannot read field a as long'],
      [failed, 'cannot read field s.x as double'],
      [failed, 'cannot read field s as struct'],
      [failed, 'cannot read field l[] as long'],
    ]);
    const { rows } = await parse(schema, values, 'null');
    expect(rows.map(({ a, s, l }) => [a, s, l])).toEqual([
      [null, { x: 1 }, null],
      ['1', { x: null }, null],
      [null, null, null],
      [null, null, ['1', null]],
    ]);
  });

  it('that are required and null make a dead letter that names them', async () => {
    const schema = [
      field('id', 'string', false),
      field('s', struct(field('x', 'long', false))),
      field('l', { type: 'array', elementType: 'long', containsNull: false }),
    ];
    const { rows, deadLetters } = await parse(schema, [
      '{"id":"a"}',
      '{}',
      '{"id":null}',
      '{"id":"a","s":{}}',
      '{"id":"a","l":[null]}',
    ]);
    expect(rows.map((row) => row['_offset'])).toEqual(['0']);
    expect(deadLetters.map((row) => [row['error_code'], row['error_message']])).toEqual(
      ['id', 'id', 's.x', 'l[]'].map((name) => ['REQUIRED_MISSING', `required field is missing or null: ${name}`]),
    );
  });
});
