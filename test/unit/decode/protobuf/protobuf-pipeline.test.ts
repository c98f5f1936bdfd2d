import { describe, expect, it } from 'vitest';
import { protobufSchemaColumns } from '../../../../src/decode/protobuf/protobuf-codec.ts';
import { messageNameAt } from '../../../../src/decode/protobuf/protobuf-schema.ts';
import type { BinaryParse, PinnedSchema } from '../../../../src/model/job/binary-parse.ts';
import type { MalformedStep } from '../../../../src/model/job/job-spec.ts';
import { varint } from '../../../support/avro-bytes.ts';
import { runPipeline, type PipelineRun, type Row } from '../../../support/run-pipeline.ts';

/** Protobuf's encoding by hand, so that no library that decodes judges itself. */
function number(field: number, value: bigint): Buffer {
  return Buffer.concat([varint(BigInt(field << 3)), varint(value)]);
}

function sized(field: number, content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([varint(BigInt((field << 3) | 2)), varint(BigInt(bytes.length)), bytes]);
}

function double(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([varint(BigInt((field << 3) | 1)), bytes]);
}

const rejectAll = { records: 'deadLetter', tombstones: 'deadLetter' } as const;

async function run(
  schema: PinnedSchema,
  values: readonly (Buffer | null)[],
  malformed: MalformedStep = rejectAll,
): Promise<PipelineRun> {
  const parse: BinaryParse = {
    format: 'protobuf',
    from: { kind: 'file', path: '/nowhere/record.proto' },
    schema: protobufSchemaColumns(schema),
    pinned: schema,
    onCastFailure: 'reject',
  };
  const metadata = { _offset: 'offset', _raw: 'valueBytes', _valid: 'isValid' } as const;
  const records = values.map((value) => ({ value }));
  return runPipeline({ parse, metadata, malformed }, records, { orderBy: '_offset' });
}

function proto3(text: string, ...imports: string[]): PinnedSchema {
  const lines = imports.map((name) => `import "google/protobuf/${name}.proto";`).join('\n');
  return { text: `syntax = "proto3"; package t;\n${lines}\n${text}`, references: [] };
}

async function rowOf(schema: PinnedSchema, ...fields: Buffer[]): Promise<Row> {
  const { rows, deadLetters } = await run(schema, [Buffer.concat(fields)]);
  expect(deadLetters).toEqual([]);
  const { _offset, _raw, _valid, ...row } = rows[0] as Row;
  return row;
}

describe('values', () => {
  it('keeps every digit of 64-bit numbers, signed and unsigned', async () => {
    const schema = proto3('message M { int64 a = 1; uint64 b = 2; sint64 c = 3; uint32 d = 4; }');
    const fields = [number(1, 2n ** 53n + 1n), number(2, 2n ** 64n - 1n), number(3, 1n), number(4, 2n ** 32n - 1n)];
    expect(await rowOf(schema, ...fields)).toEqual({
      a: '9007199254740993',
      b: '18446744073709551615',
      c: '-1',
      d: '4294967295',
    });
  });

  it('tells absent fields from zeros where the schema does', async () => {
    const text = 'message M { int32 implicit = 1; optional int32 explicit = 2; oneof o { string s = 3; bool b = 4; } }';
    expect(await rowOf(proto3(text))).toEqual({ implicit: 0, explicit: null, s: null, b: null });
    expect(await rowOf(proto3(text), number(2, 0n), number(4, 0n))).toEqual({
      implicit: 0,
      explicit: 0,
      s: null,
      b: false,
    });
    const proto2 = { text: 'syntax = "proto2"; message M { optional int32 a = 1 [default = 7]; }', references: [] };
    expect(await rowOf(proto2)).toEqual({ a: null });
  });

  it('reads repeated fields, maps, enums, bytes and nested messages', async () => {
    const text = `message M {
      repeated int32 list = 1; map<string, int64> counts = 2; Kind kind = 3; bytes raw = 4; Inner inner = 5;
      repeated Inner inners = 6; map<int64, string> by_id = 7;
      enum Kind { UNKNOWN = 0; NEW = 1; }
      message Inner { string name = 1; Inner next = 2; }
    }`;
    const inner = sized(1, 'x');
    const row = await rowOf(
      proto3(text),
      sized(1, Buffer.concat([varint(1n), varint(-1n)])),
      sized(2, Buffer.concat([sized(1, 'k'), number(2, 2n ** 53n + 1n)])),
      number(3, 1n),
      sized(4, Buffer.from([0, 255])),
      sized(5, inner),
      sized(6, Buffer.concat([inner, sized(2, inner)])),
      sized(7, Buffer.concat([number(1, 2n ** 53n + 1n), sized(2, 'v')])),
    );
    expect(row).toEqual({
      list: [1, -1],
      counts: [{ key: 'k', value: '9007199254740993' }],
      kind: 'NEW',
      raw: '\\x00\\xFF',
      inner: { name: 'x', next: null },
      inners: [{ name: 'x', next: '{"name":"x"}' }],
      by_id: [{ key: '9007199254740993', value: 'v' }],
    });
  });

  it('keeps the number of an enum value that the schema does not know', async () => {
    expect(await rowOf(proto3('message M { K k = 1; enum K { A = 0; } }'), number(1, 9n))).toEqual({ k: '9' });
  });

  it('keeps negative zero, NaN and infinity', async () => {
    const row = await rowOf(
      proto3('message M { optional double a = 1; double b = 2; double c = 3; }'),
      ...[double(1, -0), double(2, Number.NaN), double(3, -Infinity)],
    );
    expect(Object.is(Number(row['a']), -0)).toBe(true);
    expect(row).toMatchObject({ b: 'NaN', c: '-Infinity' });
  });

  it('reads well-known types', async () => {
    const schema = proto3(
      `message M { google.protobuf.Timestamp at = 1; google.protobuf.Int64Value n = 2; google.protobuf.BoolValue no = 3;
       google.protobuf.Struct doc = 4; google.protobuf.Duration took = 5; google.protobuf.Timestamp none = 6;
       google.protobuf.Value any_json = 7; }`,
      ...['timestamp', 'wrappers', 'struct', 'duration'],
    );
    const entry = Buffer.concat([sized(1, 'a'), sized(2, sized(3, '1'))]);
    const row = await rowOf(
      schema,
      sized(1, Buffer.concat([number(1, -1n), number(2, 999_999_999n)])),
      sized(2, Buffer.alloc(0)),
      sized(4, sized(1, entry)),
      sized(5, number(1, 3n)),
      sized(7, double(2, 1.5)),
    );
    expect(row).toEqual({
      at: '1969-12-31 23:59:59.999999+00',
      n: '0',
      no: null,
      doc: '{"a":"1"}',
      took: { seconds: '3', nanos: 0 },
      none: null,
      any_json: '1.5',
    });
  });
});

it('makes dead letters of what is no such message, and rows of the others', async () => {
  const schema = proto3('message M { string s = 1; }');
  const values = [
    sized(1, 'good'),
    Buffer.from([0x0a, 0x05, 0x61]),
    sized(1, Buffer.from([0xc3, 0x28])),
    Buffer.alloc(0),
  ];
  const { rows, deadLetters } = await run(schema, values);
  expect(rows.map(({ s }) => s)).toEqual(['good', '']);
  expect(deadLetters.map((row) => [row['offset'], row['error_code'], row['value']])).toEqual([
    ['1', 'UNDECODABLE', '\\x0A\\x05a'],
    ['2', 'UNDECODABLE', '\\x0A\\x02\\xC3('],
  ]);
});

it('keeps what is no such message as a row with its bytes, where the job says so', async () => {
  const schema = proto3('message M { string s = 1; }');
  const values = [sized(1, 'good'), Buffer.from([0x0a, 0x05, 0x61]), null];
  const { rows, deadLetters } = await run(schema, values, { records: 'keep', tombstones: 'keep' });
  expect(deadLetters).toEqual([]);
  expect(rows.map(({ s, _raw, _valid }) => [s, _raw, _valid])).toEqual([
    ['good', '\\x0A\\x04good', true],
    [null, '\\x0A\\x05a', false],
    [null, null, false],
  ]);
});

it('finds a message by its place in the file', () => {
  const { text } = proto3('message A {} message B { enum E { X = 0; } message C {} message D {} }');
  expect(messageNameAt(text, [1, 1])).toBe('t.B.D');
  expect(() => messageNameAt(text, [2])).toThrow('no message at place 2');
});
