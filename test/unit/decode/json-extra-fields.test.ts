import { describe, expect, it } from 'vitest';
import type { ExtraFields } from '../../../src/model/job/job-spec.ts';
import { field, struct } from '../../../src/model/table/table-schema.ts';
import { runPipeline, type PipelineRun } from '../../support/run-pipeline.ts';

const deep = struct(field('a', 'long'));
const schema = [
  field('a', 'long'),
  field("it's", struct(field('x', 'string'), field('deep', deep))),
  field('list', { type: 'array', elementType: struct(field('i', 'long')), containsNull: true }),
];

function run(extraFields: ExtraFields, values: readonly (string | null)[]): Promise<PipelineRun> {
  const metadata = { _offset: 'offset' } as const;
  const parts = { parse: { format: 'json', schema, onCastFailure: 'reject', extraFields }, metadata } as const;
  return runPipeline({ ...parts, malformed: { tombstones: 'keep' } }, values, { orderBy: '_offset' });
}

describe('fields that the schema does not name', () => {
  it.each<[value: string, extra: unknown]>([
    ['{"a":1}', null],
    ['{}', null],
    ['{"a":1,"it\'s":{"x":"y"}}', null],
    ['{"a":1,"it\'s":{"x":"y","nested":1,"/~.":[]}}', { "it's.nested": 1, "it's./~.": [] }],
    ['{"it\'s":{"deep":{"b":2,"more":{"c":3}}}}', { "it's.deep.b": 2, "it's.deep.more": { c: 3 } }],
    ['{"it\'s":{"n":1},"it\'s.n":2}', { "it's.n": 1, "`it's.n`": 2 }],
    ['{"it\'s":null,"b":1}', { b: 1 }],
    ['{"list":[{"i":1,"unknown":2}]}', null],
    ['{"b":null}', { b: null }],
    ['{"c/d~":"é\\"👋","":[],"A":{"x":[1,{"y":2}]}}', { 'c/d~': 'é"👋', '': [], A: { x: [1, { y: 2 }] } }],
    ['{"b":1,"b":2}', { b: 1 }],
    ['{"0":true,"$.a":false,"*":0}', { '0': true, '$.a': false, '*': 0 }],
  ])('of %s can be kept as JSON', async (value, extra) => {
    const { rows } = await run('keep', [value]);
    const kept = rows[0]?.['_extra'];
    expect(typeof kept === 'string' ? JSON.parse(kept) : kept).toEqual(extra);
  });

  it('keep numbers to the last digit, and as they were written', async () => {
    const extras = [
      '{"n":9007199254740993,"z":-1}',
      '{"b":1.10,"c":{"d":[1e5,-0.00001,"1.10"],"e":"\\"2.50\\""},"f":12345678.123456789012345678}',
      '{"b":1.5,"c":"\uFDD0"}',
    ];
    const { rows } = await run('keep', extras);
    expect(rows.map((row) => row['_extra'])).toEqual(extras);
  });

  it('are left out where nothing else is said', async () => {
    const { rows } = await run('drop', ['{"a":1,"b":2}']);
    expect(rows).toEqual([{ a: '1', "it's": null, list: null, _offset: '0' }]);
  });

  it('can make the record a dead letter', async () => {
    const { rows, deadLetters } = await run('reject', ['{"a":1}', '{"b":2,"a":1,"A":3,"it\'s":{"y":1}}', '[', null]);
    expect(rows.map((row) => row['_offset'])).toEqual(['0', '3']);
    expect(deadLetters).toMatchObject([
      {
        offset: '1',
        step: 'parse',
        error_code: 'EXTRA_FIELDS',
        error_message: "the schema does not name the fields A, b, it's.y",
      },
      { offset: '2', error_code: 'INVALID_JSON' },
    ]);
  });

  it('have no column for records that are no objects', async () => {
    const { rows, deadLetters } = await run('keep', ['[1]', '"x"', '', null]);
    expect(rows).toMatchObject([{ _extra: null, _offset: '3' }]);
    expect(deadLetters).toHaveLength(3);
  });
});
