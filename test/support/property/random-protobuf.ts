import fc from 'fast-check';
import { field, type DataType } from '../../../src/model/table/table-schema.ts';
import { varint } from '../avro-bytes.ts';
import type { PlainValue } from '../parquet-reader.ts';

/** A field's content as Protobuf's encoding has it, without its tag, and as the table has to have it. */
interface Encoded {
  readonly bytes: Buffer;
  readonly plain: PlainValue;
}

/** A Protobuf type with the column that docs/formats.md gives it. */
interface RandomProto {
  readonly name: string;
  readonly type: DataType;
  readonly wireType: 0 | 1 | 2 | 5;
  readonly value: fc.Arbitrary<Encoded>;
  /** Messages that the type's message has inside. */
  readonly definition?: string;
}

const sized = (bytes: Uint8Array): Buffer => Buffer.concat([varint(BigInt(bytes.length)), bytes]);
const zigzag = (n: bigint): bigint => (n << 1n) ^ (n >> 63n);

function whole(
  name: string,
  type: DataType,
  range: { readonly min: bigint; readonly max: bigint },
  encode: (n: bigint) => Buffer = varint,
  wireType: RandomProto['wireType'] = 0,
): RandomProto {
  return { name, type, wireType, value: fc.bigInt(range).map((n) => ({ bytes: encode(n), plain: String(n) })) };
}

const int32 = { min: -(2n ** 31n), max: 2n ** 31n - 1n };
const int64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
const uint32 = { min: 0n, max: 2n ** 32n - 1n };
const uint64 = { min: 0n, max: 2n ** 64n - 1n };

function written(size: number, write: (buffer: Buffer) => void): Buffer {
  const buffer = Buffer.alloc(size);
  write(buffer);
  return buffer;
}

function floating(name: 'float' | 'double'): RandomProto {
  const isDouble = name === 'double';
  const value = (isDouble ? fc.double() : fc.float()).map((number) => ({
    bytes: written(isDouble ? 8 : 4, (b) => (isDouble ? b.writeDoubleLE(number) : b.writeFloatLE(number))),
    plain: String(number).replace('Infinity', 'inf'),
  }));
  return { name, type: name, wireType: isDouble ? 1 : 5, value };
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('', '\0', '👋🏽 שלום', '{"a":1}', 'NaN'),
);

const scalar = fc.constantFrom<RandomProto[]>(
  whole('int32', 'integer', int32),
  whole('int64', 'long', int64),
  whole('uint32', 'long', uint32),
  whole('uint64', 'decimal(20,0)', uint64),
  whole('sint32', 'integer', int32, (n) => varint(zigzag(n))),
  whole('sint64', 'long', int64, (n) => varint(zigzag(n))),
  whole('fixed32', 'long', uint32, (n) => written(4, (b) => b.writeUInt32LE(Number(n))), 5),
  whole('sfixed32', 'integer', int32, (n) => written(4, (b) => b.writeInt32LE(Number(n))), 5),
  whole('fixed64', 'decimal(20,0)', uint64, (n) => written(8, (b) => b.writeBigUInt64LE(n)), 1),
  whole('sfixed64', 'long', int64, (n) => written(8, (b) => b.writeBigInt64LE(n)), 1),
  floating('double'),
  floating('float'),
  {
    name: 'bool',
    type: 'boolean',
    wireType: 0,
    value: fc.boolean().map((is) => ({ bytes: varint(is ? 1n : 0n), plain: is })),
  },
  {
    name: 'string',
    type: 'string',
    wireType: 2,
    value: text.map((plain) => ({ bytes: sized(Buffer.from(plain)), plain })),
  },
  {
    name: 'bytes',
    type: 'binary',
    wireType: 2,
    value: fc.uint8Array({ maxLength: 9 }).map((b) => ({ bytes: sized(b), plain: Buffer.from(b).toString('base64') })),
  },
);

/** One field of a message: its line, and what it adds to the message. */
interface RandomField {
  readonly line: (name: string, number: number) => string;
  readonly type: DataType;
  readonly content: (number: number) => fc.Arbitrary<Encoded>;
  readonly definition?: string;
}

const tag = (number: number, { wireType }: RandomProto): Buffer => varint(BigInt(number * 8 + wireType));

function optional(inner: RandomProto): RandomField {
  return {
    line: (name, number) => `optional ${inner.name} ${name} = ${number};`,
    type: inner.type,
    content: (number) =>
      fc.option(inner.value).map((value) => ({
        bytes: value === null ? Buffer.alloc(0) : Buffer.concat([tag(number, inner), value.bytes]),
        plain: value === null ? null : value.plain,
      })),
    ...(inner.definition === undefined ? {} : { definition: inner.definition }),
  };
}

function repeated(inner: RandomProto, isPacked: boolean): RandomField {
  return {
    line: (name, number) => `repeated ${inner.name} ${name} = ${number};`,
    type: { type: 'array', elementType: inner.type, containsNull: true },
    content: (number) =>
      fc.array(inner.value, { maxLength: 4 }).map((items) => {
        const each = items.map(({ bytes }) => bytes);
        const packed = Buffer.concat([varint(BigInt(number * 8 + 2)), sized(Buffer.concat(each))]);
        const bytes =
          isPacked && inner.wireType !== 2 && items.length > 0
            ? packed
            : Buffer.concat(each.flatMap((one) => [tag(number, inner), one]));
        return { bytes, plain: items.map(({ plain }) => plain) };
      }),
    ...(inner.definition === undefined ? {} : { definition: inner.definition }),
  };
}

function mapOf(inner: RandomProto): RandomField {
  return {
    line: (name, number) => `map<string, ${inner.name}> ${name} = ${number};`,
    type: { type: 'map', keyType: 'string', valueType: inner.type, valueContainsNull: true },
    content: (number) =>
      fc.uniqueArray(fc.tuple(text, inner.value), { maxLength: 3, selector: ([key]) => key }).map((pairs) => ({
        bytes: Buffer.concat(
          pairs.flatMap(([key, { bytes }]) => {
            const entry = Buffer.concat([varint(10n), sized(Buffer.from(key)), tag(2, inner), bytes]);
            return [varint(BigInt(number * 8 + 2)), sized(entry)];
          }),
        ),
        plain: pairs.map(([key, { plain }]) => [key, plain]),
      })),
    ...(inner.definition === undefined ? {} : { definition: inner.definition }),
  };
}

let messages = 0;

/** Fields may stand in any order. Names of messages must differ within a file. */
function messageOf(fields: readonly RandomField[]): RandomProto {
  const name = `M${messages++}`;
  const lines = fields.map(({ line }, index) => line(`f${index}`, index + 1));
  const inner = fields.map(({ definition = '' }) => definition);
  const contents = fc.tuple(...fields.map(({ content }, index) => content(index + 1)));
  return {
    name,
    type: { type: 'struct', fields: fields.map(({ type }, index) => field(`f${index}`, type)) },
    wireType: 2,
    definition: `${inner.join(' ')} message ${name} { ${lines.join(' ')} }`,
    value: fc.tuple(contents, fc.boolean()).map(([values, isReversed]) => {
      const all = values.map(({ bytes }) => bytes);
      return {
        bytes: sized(Buffer.concat(isReversed ? all.toReversed() : all)),
        plain: Object.fromEntries(values.map(({ plain }, index) => [`f${index}`, plain])),
      };
    }),
  };
}

function fieldOfDepth(depth: number): fc.Arbitrary<RandomField> {
  const inner = depth === 0 ? scalar : fc.oneof({ weight: 3, arbitrary: scalar }, messageOfDepth(depth - 1));
  return fc.oneof(
    { weight: 3, arbitrary: inner.map(optional) },
    fc.tuple(inner, fc.boolean()).map(([item, isPacked]) => repeated(item, isPacked)),
    inner.map(mapOf),
  );
}

function messageOfDepth(depth: number): fc.Arbitrary<RandomProto> {
  return fc.array(fieldOfDepth(depth), { minLength: 1, maxLength: depth === 2 ? 6 : 3 }).map(messageOf);
}

/** A message of a topic; its bytes begin with their length. */
export const randomMessage: fc.Arbitrary<RandomProto> = messageOfDepth(2);

/** What a record holds: the message without its length. */
export function messageBytes(sizedBytes: Buffer): Buffer {
  const lengthEnd = sizedBytes.findIndex((byte) => byte < 128) + 1;
  return sizedBytes.subarray(lengthEnd);
}
