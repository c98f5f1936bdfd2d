import { describe, expect, it } from 'vitest';
import type { KeyColumns, KeyParse, KeyStep } from '../../../src/model/job/key-step.ts';
import { field, struct, type DataType } from '../../../src/model/table/table-schema.ts';
import { tableSchema } from '../../../src/transform/table-schema.ts';
import { jobSpec, runPipeline, type PipelineRun, type SpecParts } from '../../support/run-pipeline.ts';

const whole: KeyColumns = { kind: 'whole', column: 'k' };

function keyStep(parse: KeyParse, onFailure: KeyStep['onFailure'] = 'reject', columns = whole): KeyStep {
  return { parse, columns, onFailure };
}

async function run(
  key: KeyStep,
  keys: readonly (string | Uint8Array | null)[],
  parts: SpecParts = {},
): Promise<PipelineRun> {
  const records = keys.map((given) => ({ value: '{"id":"of the value"}', key: given }));
  return runPipeline({ metadata: { _offset: 'offset' }, ...parts, key }, records, { orderBy: '_offset' });
}

async function keysOf(key: KeyStep, keys: readonly (string | Uint8Array | null)[]): Promise<unknown[]> {
  const { rows, deadLetters } = await run(key, keys);
  expect(deadLetters).toEqual([]);
  return rows.map((row) => row['k']);
}

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

describe('keys of Kafka’s own serializers', () => {
  it.each<[Exclude<KeyParse['format'], 'json' | 'avro' | 'protobuf' | 'jsonSchema'>, string, unknown]>([
    ['string', '', ''],
    ['string', Buffer.from('"🚗", \\ \n \0').toString('hex'), '"🚗", \\ \n \0'],
    ['long', '0020 0000 0000 0001', '9007199254740993'],
    ['long', 'ffff ffff ffff ffff', '-1'],
    ['long', '8000 0000 0000 0000', '-9223372036854775808'],
    ['int', '7fff ffff', 2147483647],
    ['int', '8000 0000', -2147483648],
    ['short', 'fffe', -2],
    ['double', '8000 0000 0000 0000', -0],
    ['double', '3ff2 6666 6666 6666', 1.15],
    ['double', '7ff0 0000 0000 0000', 'Infinity'],
    ['float', '3dcc cccd', expect.closeTo(0.1, 6)],
    ['boolean', '01', true],
    ['boolean', '00', false],
  ])('%s %s is %j', async (format, hex, expected) => {
    expect(await keysOf(keyStep({ format }), [bytes(hex), null])).toEqual([expected, null]);
  });

  it.each<[Exclude<KeyParse['format'], 'json' | 'avro' | 'protobuf' | 'jsonSchema'>, string, string]>([
    ['long', '00', 'it has 1 bytes, and not 8'],
    ['long', '', 'it has 0 bytes, and not 8'],
    ['boolean', '02', 'the byte 2 is neither true nor false'],
    ['string', 'ff', 'a string in it is not valid UTF-8'],
  ])('%s %s is a dead letter, or null', async (format, hex, message) => {
    const { rows, deadLetters } = await run(keyStep({ format }), [bytes(hex), null]);
    expect(rows).toEqual([{ k: null, _offset: '1' }]);
    expect(deadLetters).toMatchObject([
      {
        offset: '0',
        step: 'key',
        error_code: 'UNDECODABLE',
        error_message: `the key does not decode as ${format}: ${message}`,
        value: '{\\x22id\\x22:\\x22of the value\\x22}',
      },
    ]);
    expect(await keysOf(keyStep({ format }, 'null'), [bytes(hex)])).toEqual([null]);
  });
});

describe('keys in JSON', () => {
  const type = struct(
    field('id', 'long', false),
    field('tags', { type: 'array', elementType: 'string', containsNull: true }),
  );
  const json: KeyParse = { format: 'json', type };

  it('are a struct, or one column per field under any name, beside columns of the value of the same names', async () => {
    const key = '{"id":9007199254740993,"tags":["a",null],"other":1}';
    expect(await keysOf(keyStep(json), [key, null])).toEqual([{ id: '9007199254740993', tags: ['a', null] }, null]);
    const fields: KeyColumns = { kind: 'fields', fields: [{ column: 'key_id', field: 'id' }] };
    const parse = { format: 'json', schema: [field('id', 'string')], onCastFailure: 'reject' } as const;
    const { rows } = await run(keyStep(json, 'reject', fields), [key, null], { parse });
    expect(rows).toEqual([
      { id: 'of the value', key_id: '9007199254740993', _offset: '0' },
      { id: 'of the value', key_id: null, _offset: '1' },
    ]);
  });

  it.each<[DataType, string, unknown]>([
    ['long', '9007199254740993', '9007199254740993'],
    ['string', '"a"', 'a'],
    ['string', 'null', null],
    ['decimal(38,18)', '1.15', '1.150000000000000000'],
    [{ type: 'array', elementType: 'integer', containsNull: true }, '[1, null]', [1, null]],
  ])('are a single value of type %j: %s', async (single, key, expected) => {
    expect(await keysOf(keyStep({ format: 'json', type: single }), [key])).toEqual([expected]);
  });

  it.each<[string | Uint8Array, string, string]>([
    ['', 'EMPTY_VALUE', 'the key is empty'],
    ['{"id":1', 'INVALID_JSON', 'the key is not valid JSON'],
    ['{"id":1},"x":{"id":2}', 'INVALID_JSON', 'the key is not valid JSON'],
    ['{"id":1,}', 'INVALID_JSON', 'the key holds NaN, Infinity or a trailing comma'],
    ['[1]', 'CAST_FAILED', 'cannot read field k as struct'],
    ['{"id":"x"}', 'CAST_FAILED', 'cannot read field k.id as long'],
    ['{}', 'REQUIRED_MISSING', 'required field is missing or null: k.id'],
    [bytes('7bff7d'), 'UNDECODABLE', 'the key does not decode as json: it is not valid UTF-8'],
  ])('that do not fit are dead letters of the step key, or null: %s', async (key, code, message) => {
    const { rows, deadLetters } = await run(keyStep(json), [key, '{"id":1}']);
    expect(rows).toMatchObject([{ k: { id: '1' } }]);
    expect(deadLetters).toMatchObject([{ offset: '0', step: 'key', error_code: code }]);
    expect(deadLetters[0]?.['error_message']).toContain(message);
    const kept = await run(keyStep(json, 'null'), [key, '{"id":1}']);
    expect(kept.deadLetters).toEqual([]);
    expect([null, { id: null, tags: null }]).toContainEqual(kept.rows[0]?.['k']);
    expect(kept.rows[1]).toMatchObject({ k: { id: '1' } });
  });

  it('do not decide whether the value is valid', async () => {
    const metadata = { _valid: 'isValid', _offset: 'offset' } as const;
    const { rows } = await run(keyStep(json, 'null'), ['no JSON'], { metadata });
    expect(rows).toEqual([{ k: null, _valid: true, _offset: '0' }]);
  });

  it('leave nothing required of the table, where nulls are kept', () => {
    const columns = (onFailure: KeyStep['onFailure']): unknown =>
      tableSchema(jobSpec({ key: keyStep(json, onFailure) })).fields[0];
    expect(columns('reject')).toMatchObject({ nullable: true, type: { fields: [{ nullable: false }, {}] } });
    expect(columns('null')).toMatchObject({ nullable: true, type: { fields: [{ nullable: true }, {}] } });
  });
});

it('a value that is rejected is rejected for that, whatever its key', async () => {
  const { deadLetters } = await runPipeline({ metadata: { _offset: 'offset' }, key: keyStep({ format: 'int' }) }, [
    { value: null, key: 'no int' },
  ]);
  expect(deadLetters).toMatchObject([{ step: 'malformed', error_code: 'TOMBSTONE' }]);
});

it('fields of a key can be scrubbed, and dead letters do not quote it', async () => {
  const json: KeyParse = { format: 'json', type: struct(field('email', 'string'), field('n', 'long')) };
  const scrub = {
    rules: [{ field: 'k.email', method: { kind: 'remove' } }],
    flagColumn: 'scrubbed',
    rawValue: 'refuse',
    deadLetters: 'redact',
  } as const;
  const keys = ['{"email":"zoe@example.org","n":1}', '{"email":"zoe@example.org","n":"zoe"}', 'zoe@example.org'];
  const { rows, deadLetters } = await run(keyStep(json), keys, { scrub });
  expect(rows).toMatchObject([{ k: { email: null, n: '1' }, scrubbed: true }]);
  expect(deadLetters).toHaveLength(2);
  expect(JSON.stringify(deadLetters)).not.toContain('zoe');
});

it.each(['key', 'keyBytes'] as const)('a scrubbed key does not stay in a column of the %s as it came', (source) => {
  const json: KeyParse = { format: 'json', type: struct(field('email', 'string'), field('n', 'long')) };
  const spec = (scrubbed: string, rawValue: 'refuse' | 'redact') =>
    jobSpec({
      key: keyStep(json),
      metadata: { _raw_key: source, k2: 'topic' },
      scrub: {
        rules: [{ field: scrubbed, method: { kind: 'remove' } }],
        flagColumn: 'scrubbed',
        rawValue,
        deadLetters: 'redact',
      },
    });
  expect(() => tableSchema(spec('k.email', 'refuse'))).toThrow('_raw_key would hold what is scrubbed');
  expect(() => tableSchema(spec('k', 'refuse'))).toThrow('_raw_key would hold what is scrubbed');
  expect(() => tableSchema(spec('k.email', 'redact'))).not.toThrow();
  expect(() => tableSchema(spec('k2', 'refuse'))).not.toThrow();
});
