import fc from 'fast-check';
import { field, unusableName, type DataType } from '../../../src/model/table/table-schema.ts';
import { avroLong, avroText } from '../avro-bytes.ts';
import type { PlainValue } from '../parquet-reader.ts';

/** A value as Avro's specification writes it, and as the table has to have it. */
export interface Encoded {
  readonly bytes: Buffer;
  readonly plain: PlainValue;
}

/** An Avro type with the column that docs/formats.md gives it. */
export interface RandomAvro {
  readonly schema: unknown;
  readonly type: DataType;
  readonly value: fc.Arbitrary<Encoded>;
}

function whole(schema: unknown, type: DataType, bits: bigint): RandomAvro {
  const limit = 1n << (bits - 1n);
  const value = fc.bigInt({ min: -limit, max: limit - 1n });
  return { schema, type, value: value.map((n) => ({ bytes: avroLong(n), plain: String(n) })) };
}

/** A long or int that counts since the epoch, in the years that a table can hold. */
function instant(
  base: 'int' | 'long',
  logicalType: string,
  type: DataType,
  perDay: bigint,
  plain: (n: bigint) => bigint,
): RandomAvro {
  const value = fc.bigInt({ min: -719_162n * perDay, max: 2_932_897n * perDay - 1n });
  return {
    schema: { type: base, logicalType },
    type,
    value: value.map((n) => ({ bytes: avroLong(n), plain: String(plain(n)) })),
  };
}

function decimal(precision: number, scale: number): RandomAvro {
  const limit = 10n ** BigInt(precision) - 1n;
  return {
    schema: { type: 'bytes', logicalType: 'decimal', precision, scale },
    type: `decimal(${precision},${scale})`,
    value: fc.bigInt({ min: -limit, max: limit }).map((unscaled) => {
      const bytes = Buffer.alloc(16);
      bytes.writeBigInt64BE(BigInt.asIntN(64, unscaled >> 64n));
      bytes.writeBigUInt64BE(BigInt.asUintN(64, unscaled), 8);
      const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
      const point = digits.length - scale;
      const text = scale === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
      return { bytes: avroText(bytes), plain: unscaled < 0n ? `-${text}` : text };
    }),
  };
}

function floating(schema: 'float' | 'double'): RandomAvro {
  const isDouble = schema === 'double';
  return {
    schema,
    type: schema,
    value: (isDouble ? fc.double() : fc.float()).map((number) => {
      const bytes = Buffer.alloc(isDouble ? 8 : 4);
      if (isDouble) bytes.writeDoubleLE(number);
      else bytes.writeFloatLE(number);
      return { bytes, plain: String(number).replace('Infinity', 'inf') };
    }),
  };
}

/** Where a schema has maps, a record with the text `__proto__` is a dead letter. */
const text = fc
  .oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.constantFrom('', '\0', '👋🏽 שלום', '{"a":1}', 'NaN', '1.50'))
  .filter((plain) => plain !== unusableName);

const simple: fc.Arbitrary<RandomAvro> = fc.oneof(
  fc
    .tuple(fc.integer({ min: 1, max: 38 }), fc.nat(38))
    .map(([precision, scale]) => decimal(precision, Math.min(precision, scale))),
  fc.constantFrom<RandomAvro[]>(
    whole('long', 'long', 64n),
    whole('int', 'integer', 32n),
    floating('double'),
    floating('float'),
    {
      schema: 'boolean',
      type: 'boolean',
      value: fc.boolean().map((is) => ({ bytes: Buffer.from([Number(is)]), plain: is })),
    },
    { schema: 'string', type: 'string', value: text.map((plain) => ({ bytes: avroText(plain), plain })) },
    {
      schema: 'bytes',
      type: 'binary',
      value: fc
        .uint8Array({ maxLength: 9 })
        .map((b) => ({ bytes: avroText(b), plain: Buffer.from(b).toString('base64') })),
    },
    instant('int', 'date', 'date', 1n, (days) => days),
    instant('long', 'timestamp-millis', 'timestamp', 86_400_000n, (millis) => millis * 1000n),
    instant('long', 'timestamp-micros', 'timestamp', 86_400_000_000n, (micros) => micros),
    instant('long', 'local-timestamp-micros', 'timestamp_ntz', 86_400_000_000n, (micros) => micros),
  ),
);

/** A count, the items, and the end of blocks. */
function blocks(items: readonly Buffer[]): Buffer {
  return Buffer.concat([...(items.length === 0 ? [] : [avroLong(BigInt(items.length)), ...items]), avroLong(0n)]);
}

function arrayOf(item: RandomAvro): RandomAvro {
  return {
    schema: { type: 'array', items: item.schema },
    type: { type: 'array', elementType: item.type, containsNull: true },
    value: fc.array(item.value, { maxLength: 4 }).map((items) => {
      return { bytes: blocks(items.map(({ bytes }) => bytes)), plain: items.map(({ plain }) => plain) };
    }),
  };
}

function mapOf(item: RandomAvro): RandomAvro {
  const entries = fc.uniqueArray(fc.tuple(text, item.value), { maxLength: 4, selector: ([key]) => key });
  return {
    schema: { type: 'map', values: item.schema },
    type: { type: 'map', keyType: 'string', valueType: item.type, valueContainsNull: true },
    value: entries.map((pairs) => ({
      bytes: blocks(pairs.map(([key, { bytes }]) => Buffer.concat([avroText(key), bytes]))),
      plain: pairs.map(([key, { plain }]) => [key, plain]),
    })),
  };
}

function nullable(inner: RandomAvro): RandomAvro {
  const nothing = fc.constant<Encoded>({ bytes: avroLong(0n), plain: null });
  const something = inner.value.map(({ bytes, plain }) => ({ bytes: Buffer.concat([avroLong(1n), bytes]), plain }));
  return { ...inner, schema: ['null', inner.schema], value: fc.oneof(nothing, something) };
}

let records = 0;

/** Names of records must differ within a schema. */
export function recordOf(fields: readonly RandomAvro[]): RandomAvro {
  const named = fields.map((inner, index) => ({ name: `f${index}`, inner }));
  return {
    schema: {
      type: 'record',
      name: `R${records++}`,
      fields: named.map(({ name, inner }) => ({ name, type: inner.schema })),
    },
    type: { type: 'struct', fields: named.map(({ name, inner }) => field(name, inner.type)) },
    value: fc.tuple(...fields.map(({ value }) => value)).map((values) => ({
      bytes: Buffer.concat(values.map(({ bytes }) => bytes)),
      plain: Object.fromEntries(values.map(({ plain }, index) => [`f${index}`, plain])),
    })),
  };
}

function ofDepth(depth: number): fc.Arbitrary<RandomAvro> {
  if (depth === 0) return simple;
  const inner = ofDepth(depth - 1);
  return fc.oneof(
    { weight: 4, arbitrary: simple },
    { weight: 2, arbitrary: simple.map(nullable) },
    inner.map(arrayOf),
    inner.map(mapOf),
    fc.array(inner, { minLength: 1, maxLength: 3 }).map(recordOf),
    fc.array(inner, { minLength: 1, maxLength: 3 }).map((fields) => nullable(recordOf(fields))),
  );
}

/** A record of a topic. */
export const randomAvroRecord: fc.Arbitrary<RandomAvro> = fc
  .array(ofDepth(3), { minLength: 1, maxLength: 6 })
  .map(recordOf);
