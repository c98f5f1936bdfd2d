import avsc from 'avsc';
import { describe, expect, it } from 'vitest';
import { avroSchemaColumns } from '../../../../src/decode/avro/avro-codec.ts';
import type { BinaryParse } from '../../../../src/model/job/binary-parse.ts';
import { avroLong as long, avroText as sized } from '../../../support/avro-bytes.ts';
import { runPipeline, type PipelineRun, type Row } from '../../../support/run-pipeline.ts';

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

function avroStep(schema: unknown): BinaryParse {
  const pinned = { text: JSON.stringify(schema), references: [] };
  return {
    format: 'avro',
    from: { kind: 'file', path: '/nowhere/record.avsc' },
    schema: avroSchemaColumns(pinned),
    pinned,
    onCastFailure: 'reject',
  };
}

async function run(schema: unknown, ...values: (Uint8Array | null)[]): Promise<PipelineRun> {
  const metadata = { _offset: 'offset', _raw: 'valueBytes' } as const;
  const records = values.map((value) => ({ value }));
  return runPipeline({ parse: avroStep(schema), metadata }, records, { orderBy: '_offset' });
}

async function fieldValue(type: unknown, ...encoded: Buffer[]): Promise<unknown> {
  const schema = { type: 'record', name: 'R', fields: [{ name: 'f', type }] };
  const { rows, deadLetters } = await run(schema, Buffer.concat(encoded));
  expect(deadLetters).toEqual([]);
  return (rows[0] as Row)['f'];
}

const logical = (type: unknown, logicalType: string, more = {}): unknown => ({ type, logicalType, ...more });

describe('values', () => {
  it('keeps every digit of a long', async () => {
    expect(await fieldValue('long', long(2n ** 53n + 1n))).toBe('9007199254740993');
    expect(await fieldValue('long', long(-(2n ** 63n)))).toBe('-9223372036854775808');
  });

  it('keeps every digit of a decimal, negative and small ones too', async () => {
    const type = logical('bytes', 'decimal', { precision: 38, scale: 18 });
    const unscaled = Buffer.from(12345678901234567890123456789012345678n.toString(16).padStart(32, '0'), 'hex');
    expect(await fieldValue(type, sized(unscaled))).toBe('12345678901234567890.123456789012345678');
    expect(await fieldValue(type, sized([0xff]))).toBe('-0.000000000000000001');
    const fixed = logical('fixed', 'decimal', { name: 'D', size: 2, precision: 4, scale: 2 });
    expect(await fieldValue(fixed, Buffer.from([0x00, 0x73]))).toBe('1.15');
  });

  it('keeps negative zero, NaN and infinity', async () => {
    expect(Object.is(Number(await fieldValue('double', double(-0))), -0)).toBe(true);
    expect(await fieldValue('double', double(Number.NaN))).toBe('NaN');
    expect(await fieldValue('double', double(-Infinity))).toBe('-Infinity');
    expect(await fieldValue('double', double(1.15))).toBe(1.15);
  });

  it('reads instants before 1970, on leap days and with nanoseconds to the microsecond', async () => {
    expect(await fieldValue(logical('long', 'timestamp-micros'), long(-1n))).toBe('1969-12-31 23:59:59.999999+00');
    expect(await fieldValue(logical('long', 'timestamp-millis'), long(1709208000123n))).toBe(
      '2024-02-29 12:00:00.123+00',
    );
    expect(await fieldValue(logical('long', 'timestamp-nanos'), long(-1n))).toBe('1969-12-31 23:59:59.999999+00');
    expect(await fieldValue(logical('long', 'local-timestamp-micros'), long(1n))).toBe('1970-01-01 00:00:00.000001');
    expect(await fieldValue(logical('int', 'date'), long(-1n))).toBe('1969-12-31');
  });

  it('keeps bytes, text beyond ASCII, and text that looks like JSON', async () => {
    expect(await fieldValue('bytes', sized([0, 255, 1]))).toBe('\\x00\\xFF\\x01');
    expect(await fieldValue('string', sized('مرحبا 👩‍🚀 "\\ {"'))).toBe('مرحبا 👩‍🚀 "\\ {"');
  });

  it('reads unions: null, widened numbers, members', async () => {
    expect(await fieldValue(['null', 'long'], long(0n))).toBeNull();
    expect(await fieldValue(['null', 'long'], long(1n), long(5n))).toBe('5');
    expect(await fieldValue(['int', 'long'], long(1n), long(5n))).toBe('5');
    expect(await fieldValue(['string', 'null', 'boolean'], long(2n), Buffer.from([1]))).toEqual({
      member0: null,
      member1: true,
    });
  });

  it('reads arrays of records of arrays, and maps', async () => {
    const inner = { type: 'record', name: 'I', fields: [{ name: 'l', type: { type: 'array', items: 'int' } }] };
    const encoded = [long(1n), long(2n), long(7n), long(-7n), long(0n), long(0n)];
    expect(await fieldValue({ type: 'array', items: inner }, ...encoded)).toEqual([{ l: [7, -7] }]);
    const map = [long(1n), sized('a.b "c"'), long(3n), long(0n)];
    expect(await fieldValue({ type: 'map', values: 'long' }, ...map)).toEqual([{ key: 'a.b "c"', value: '3' }]);
  });

  it('keeps what a recursive type holds as JSON', async () => {
    const node = {
      type: 'record',
      name: 'Node',
      fields: [
        { name: 'n', type: 'int' },
        { name: 'next', type: ['null', 'Node'] },
      ],
    };
    const { rows } = await run(node, Buffer.concat([long(1n), long(1n), long(2n), long(0n)]));
    expect(rows[0]).toMatchObject({ n: 1, next: '{"n":2,"next":null}' });
  });

  it('makes a column called value of a schema that is no record', async () => {
    const { rows } = await run('string', sized('hello'));
    expect(rows[0]).toMatchObject({ value: 'hello' });
  });
});

describe('records that do not decode', () => {
  const schema = { type: 'record', name: 'R', fields: [{ name: 's', type: 'string' }] };

  it('makes dead letters of them, with their bytes, and rows of the others', async () => {
    const { rows, deadLetters, group } = await run(
      schema,
      sized('good'),
      Buffer.from([0x80]),
      Buffer.concat([sized('too'), sized('long')]),
      sized([0xc3, 0x28]),
      null,
    );
    expect(rows).toMatchObject([{ s: 'good', _raw: '\\x08good' }]);
    expect(deadLetters.map((row) => [row['offset'], row['error_code'], row['value']])).toEqual([
      ['1', 'UNDECODABLE', '\\x80'],
      ['2', 'UNDECODABLE', '\\x06too\\x08long'],
      ['3', 'UNDECODABLE', '\\x04\\xC3('],
      ['4', 'TOMBSTONE', null],
    ]);
    expect(deadLetters[2]?.['error_message']).toMatch(/not valid UTF-8/);
    expect(group.deadLettersByCode).toEqual({ UNDECODABLE: 3, TOMBSTONE: 1 });
  });

  it('rejects a map with a key that would be lost, and no other record that has the word in it', async () => {
    const fields = [
      { name: 's', type: 'string' },
      { name: 'm', type: { type: 'map', values: 'int' } },
    ];
    const entry = (key: string): Buffer => Buffer.concat([long(1n), sized(key), long(7n), long(0n)]);
    const { rows, deadLetters } = await run(
      { type: 'record', name: 'R', fields },
      Buffer.concat([sized('see __proto__'), entry('a')]),
      Buffer.concat([sized('x'), entry('__proto__')]),
    );
    expect(rows).toMatchObject([{ s: 'see __proto__', m: [{ key: 'a', value: 7 }] }]);
    expect(deadLetters).toMatchObject([{ offset: '1', error_code: 'UNDECODABLE' }]);
    expect(deadLetters[0]?.['error_message']).toContain('a map cannot have the key __proto__');
  });

  it('rejects an instant that no table can hold, with the bytes that were sent', async () => {
    const type = logical('long', 'timestamp-micros');
    const record = { type: 'record', name: 'R', fields: [{ name: 'at', type }] };
    const { deadLetters } = await run(record, long(2n ** 62n));
    expect(deadLetters).toMatchObject([
      { error_code: 'CAST_FAILED', value: expect.stringMatching(/^\\x80/) as string },
    ]);
  });
});

it('agrees with the library that encodes, for random schemas and values', async () => {
  for (let seed = 0; seed < 5; seed++) {
    const type = avsc.Type.forSchema({
      type: 'record',
      name: 'R',
      fields: [
        { name: 'i', type: 'int' },
        { name: 's', type: ['null', 'string'] },
        { name: 'b', type: { type: 'array', items: 'boolean' } },
      ],
    });
    const values = Array.from({ length: 20 }, () => type.random() as unknown as Row);
    const { rows } = await run(type.schema(), ...values.map((value) => type.toBuffer(value)));
    expect(rows.map(({ i, s, b }) => ({ i, s, b }))).toEqual(values.map(({ i, s, b }) => ({ i, s, b })));
  }
});
