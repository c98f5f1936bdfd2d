import avsc from 'avsc';
import { unusableName, type StructField } from '../../model/table/table-schema.ts';
import type { PinnedSchema } from '../../model/job/binary-parse.ts';
import { avroColumns } from './avro-columns.ts';
import { avroWriter } from './avro-json.ts';
import { readAvroSchema, type AvroType } from './avro-schema.ts';

type AvroSchema = Pick<PinnedSchema, 'text' | 'references'>;

/** Reads a schema; `references` come first those that need no others. @throws Error with what is wrong with it. */
function parseType({ text, references }: AvroSchema): avsc.Type {
  const registry: Record<string, avsc.Type> = {};
  const typeHook = (schema: unknown): avsc.Type | undefined => (isLong(schema) ? bigintLong : undefined);
  const options = { registry, typeHook, wrapUnions: true, omitRecordMethods: true };
  // The library judges what it is given.
  for (const reference of references) avsc.Type.forSchema(parseJson(reference.text) as avsc.Schema, options);
  return avsc.Type.forSchema(parseJson(text) as avsc.Schema, options);
}

function isLong(schema: unknown): boolean {
  return (
    schema === 'long' || (typeof schema === 'object' && schema !== null && 'type' in schema && schema.type === 'long')
  );
}

function readType({ text, references }: AvroSchema): AvroType {
  return readAvroSchema(
    parseJson(text),
    references.map((reference) => parseJson(reference.text)),
  );
}

/** A registry may hold a primitive type by its bare name. */
function parseJson(text: string): unknown {
  const trimmed = text.trim();
  return /^[a-z]+$/.test(trimmed) ? trimmed : JSON.parse(trimmed);
}

/** The columns of a table for records of this schema. @throws Error with what is wrong with it. */
export function avroSchemaColumns(schema: AvroSchema): readonly StructField[] {
  parseType(schema);
  return avroColumns(readType(schema));
}

/** Else its values are single ones, which are decoded as records of one field `value`. */
export function isAvroRecord(schema: AvroSchema): boolean {
  return readType(schema).kind === 'record';
}

/** As Avro writes the key, its length first: the library takes it for a part of JavaScript's, and leaves the entry out. */
const lostKey = Buffer.from(`\u0012${unusableName}`);

/**
 * A function from bytes to JSON text, for records that were written with one schema and are read as another (Avro
 * specification, Schema Resolution). @throws Error where the two do not resolve.
 */
export function avroToJson(writer: AvroSchema, reader: AvroSchema = writer): (bytes: Uint8Array) => string {
  const readAs = parseType(reader);
  const write = avroWriter(readType(reader));
  const hasMaps = [writer, ...writer.references].some(({ text }) => text.includes('"map"'));
  const resolver = reader === writer ? undefined : readAs.createResolver(parseType(writer));
  return (bytes) => {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (hasMaps && buffer.includes(lostKey)) throw new RangeError(`a map cannot have the key ${unusableName}`);
    return write(readAs.fromBuffer(buffer, resolver));
  };
}

/** A function from Avro's JSON encoding to bytes. @throws Error for what is no value of the schema. */
export function avroFromJson(schema: AvroSchema): (value: unknown) => Uint8Array {
  const type = parseType(schema);
  return (value) => type.toBuffer(type.fromString(JSON.stringify(value)));
}

/** Longs as bigint: the library's own lose digits beyond 2^53, or refuse to. */
const bigintLong = avsc.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(value);
    return buffer;
  },
  fromJSON: (value: number | string) => BigInt(value),
  toJSON: String,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (left: bigint, right: bigint) => (left < right ? -1 : Number(left > right)),
});
