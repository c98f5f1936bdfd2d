import { describe, expect, it } from 'vitest';
import { field, struct } from '../../../src/model/table/table-schema.ts';
import { compilePipeline } from '../../../src/transform/compile-pipeline.ts';
import { tableSchema } from '../../../src/transform/table-schema.ts';
import { jobSpec, type SpecParts } from '../../support/run-pipeline.ts';

const parse: NonNullable<SpecParts['parse']> = {
  format: 'json',
  schema: [field('id', 'string', false), field('n', 'long')],
  onCastFailure: 'reject',
};

describe('the table of a job', () => {
  it('has the columns of the parser, then metadata, then derived ones', () => {
    const spec = jobSpec({ parse, metadata: { _o: 'offset' }, derive: [{ name: 'd', type: 'date', sql: 'x' }] });
    expect(tableSchema(spec)).toEqual(
      struct(field('id', 'string', false), field('n', 'long'), field('_o', 'long'), field('d', 'date')),
    );
  });

  it('requires nothing where incomplete rows are kept', () => {
    for (const malformed of [{ records: 'keep' }, { tombstones: 'keep' }] as const) {
      expect(tableSchema(jobSpec({ parse, malformed })).fields.map((f) => f.nullable)).toEqual([true, true]);
    }
  });

  const invalid: readonly [problem: string, parts: SpecParts][] = [
    ['no columns', {}],
    ['differ in more than case', { parse, metadata: { ID: 'offset' } }],
    [
      'differ in more than case',
      { parse: { ...parse, schema: [field('s', struct(field('x', 'long'), field('X', 'long')))] } },
    ],
    ['without a name', { metadata: { '': 'offset' } }],
    ['which cannot be a name', { parse: { ...parse, schema: [field('__proto__', 'long')] } }],
    ['which cannot be a name', { parse: { ...parse, schema: [field('s', struct(field('__proto__', 'long')))] } }],
    ['which cannot be a name', { parse, derive: [{ name: '__proto__', type: 'long', sql: '1' }] }],
    ['are taken by the pipeline', { metadata: { __kb_text: 'offset' } }],
    ['no columns', { parse: { ...parse, schema: [field('s', struct())] } }],
    [
      'keys of a map',
      {
        parse: {
          ...parse,
          schema: [field('m', { type: 'map', keyType: 'long', valueType: 'long', valueContainsNull: true })],
        },
      },
    ],
    ['does not exist', { parse: { ...parse, schema: [field('d', 'decimal(39,2)')] } }],
    ['is not a column', { parse, partitionBy: ['nope'] }],
    ['cannot be partitioned', { metadata: { b: 'valueBytes', o: 'offset' }, partitionBy: ['b'] }],
    ['leaves no column', { metadata: { o: 'offset' }, partitionBy: ['o'] }],
    ['names a column twice', { parse, partitionBy: ['n', 'n'] }],
  ];
  it.each(invalid)('is refused: %s', (problem, parts) => {
    expect(() => compilePipeline(jobSpec(parts))).toThrow(
      expect.objectContaining({ code: 'PIPELINE_INVALID', message: expect.stringContaining(problem) as string }),
    );
  });
});
