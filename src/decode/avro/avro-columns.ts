import { field, type DataType, type StructField } from '../../model/table/table-schema.ts';
import type { AvroRecord, AvroType } from './avro-schema.ts';

/** The table's columns for an Avro schema: one per field of a record, else one that is called `value`. */
export function avroColumns(type: AvroType): readonly StructField[] {
  return type.kind === 'record' ? fieldsOf(type, []) : [column('value', type, [])];
}

function fieldsOf(record: AvroRecord, outer: readonly AvroRecord[]): StructField[] {
  return record.fields.map(({ name, type }) => column(name, type, [...outer, record]));
}

/** Nothing is required of the table: a later schema may leave a field out. */
function column(name: string, type: AvroType, outer: readonly AvroRecord[]): StructField {
  return field(name, avroDataType(type, outer));
}

/** The Delta type for an Avro type; docs/formats.md has the table. */
export function avroDataType(type: AvroType, outer: readonly AvroRecord[] = []): DataType {
  switch (type.kind) {
    case 'null':
    case 'enum':
    case 'string':
      return 'string';
    case 'boolean':
    case 'float':
    case 'double':
      return type.kind;
    case 'int':
      return type.logical?.name === 'date' ? 'date' : 'integer';
    case 'long':
      return longType(type.logical?.name);
    case 'bytes':
    case 'fixed':
      return bytesType(type);
    case 'array':
      return { type: 'array', elementType: avroDataType(type.items, outer), containsNull: true };
    case 'map':
      return {
        type: 'map',
        keyType: 'string',
        valueType: avroDataType(type.values, outer),
        valueContainsNull: true,
      };
    case 'union':
      return unionType(type.branches, outer);
    case 'record':
      // A type that holds itself has no end, and Parquet has no empty struct: both are kept as JSON.
      if (outer.includes(type) || type.fields.length === 0) return 'string';
      return { type: 'struct', fields: fieldsOf(type, outer) };
  }
}

function longType(logical: string | undefined): DataType {
  if (logical !== undefined && /^timestamp-(millis|micros|nanos)$/.test(logical)) return 'timestamp';
  if (logical !== undefined && /^local-timestamp-(millis|micros|nanos)$/.test(logical)) return 'timestamp_ntz';
  return 'long';
}

function bytesType(type: Extract<AvroType, { kind: 'bytes' | 'fixed' }>): DataType {
  const { logical } = type;
  if (isDecimal(type)) {
    const { precision = 0, scale = 0 } = logical ?? {};
    return precision <= 38 ? `decimal(${precision},${scale})` : 'string';
  }
  if (isUuid(type)) return 'string';
  if (!isDuration(type)) return 'binary';
  return { type: 'struct', fields: [field('months', 'long'), field('days', 'long'), field('millis', 'long')] };
}

/** A logical type that is not in order is ignored (Avro specification, Logical Types). */
export function isDecimal({ logical }: AvroType & { kind: 'bytes' | 'fixed' }): boolean {
  if (logical?.name !== 'decimal') return false;
  const { precision, scale } = logical;
  return Number.isInteger(precision) && precision > 0 && Number.isInteger(scale) && scale >= 0 && scale <= precision;
}

export function isUuid(type: AvroType & { kind: 'bytes' | 'fixed' }): boolean {
  return type.kind === 'fixed' && type.size === 16 && type.logical?.name === 'uuid';
}

export function isDuration(type: AvroType & { kind: 'bytes' | 'fixed' }): boolean {
  return type.kind === 'fixed' && type.size === 12 && type.logical?.name === 'duration';
}

/** As Spark reads unions: numbers are widened, and other choices are a struct of which one field is not null. */
function unionType(all: readonly AvroType[], outer: readonly AvroRecord[]): DataType {
  const branches = valueBranches(all);
  const [only] = branches;
  if (only === undefined) return 'string';
  if (branches.length === 1) return avroDataType(only, outer);
  const widened = widenedNumber(branches);
  if (widened !== undefined) return widened;
  return {
    type: 'struct',
    fields: branches.map((branch, index) => field(`member${index}`, avroDataType(branch, outer))),
  };
}

export function valueBranches(branches: readonly AvroType[]): readonly AvroType[] {
  return branches.filter(({ kind }) => kind !== 'null');
}

/** int and long make a long, float and double a double. */
export function widenedNumber(branches: readonly AvroType[]): 'long' | 'double' | undefined {
  const areOf = (...kinds: string[]): boolean =>
    branches.every((branch) => kinds.includes(branch.kind) && !('logical' in branch));
  if (areOf('int', 'long')) return 'long';
  return areOf('float', 'double') ? 'double' : undefined;
}
