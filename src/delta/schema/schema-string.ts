import { BronzeError, errorMessage } from '../../errors.ts';
import type { DataType, PrimitiveType, StructField, StructType } from '../../model/table/table-schema.ts';

/** The `schemaString` of a table (PROTOCOL.md, Schema Serialization Format). */
export function printSchemaString(schema: StructType): string {
  return JSON.stringify(schema);
}

/**
 * @throws BronzeError `TABLE_CORRUPT` when it is no schema, `TABLE_FEATURE_UNSUPPORTED` for types beyond our
 * vocabulary, such as `variant`.
 */
export function parseSchemaString(schemaString: string): StructType {
  let parsed: unknown;
  try {
    parsed = JSON.parse(schemaString);
  } catch (error) {
    throw corrupt(errorMessage(error));
  }
  const schema = parseType(parsed, 'schema');
  if (typeof schema === 'string' || schema.type !== 'struct') throw corrupt('its outermost type is not a struct');
  return schema;
}

function parseType(value: unknown, place: string): DataType {
  if (typeof value === 'string') return parsePrimitive(value, place);
  if (!isObject(value)) throw corrupt(`${place} has no type`);
  switch (value['type']) {
    case 'struct':
      return { type: 'struct', fields: parseFields(value['fields'], place) };
    case 'array':
      return {
        type: 'array',
        elementType: parseType(value['elementType'], `${place}.element`),
        containsNull: value['containsNull'] !== false,
      };
    case 'map':
      return {
        type: 'map',
        keyType: parseType(value['keyType'], `${place}.key`),
        valueType: parseType(value['valueType'], `${place}.value`),
        valueContainsNull: value['valueContainsNull'] !== false,
      };
    default:
      throw unsupported(String(value['type']), place);
  }
}

function parseFields(value: unknown, place: string): StructField[] {
  if (!Array.isArray(value)) throw corrupt(`${place} has no fields`);
  return value.map((entry: unknown): StructField => {
    const name = isObject(entry) ? entry['name'] : undefined;
    if (!isObject(entry) || typeof name !== 'string') throw corrupt(`a field of ${place} has no name`);
    const metadata = entry['metadata'];
    return {
      name,
      type: parseType(entry['type'], `${place}.${name}`),
      nullable: entry['nullable'] !== false,
      metadata: isObject(metadata) ? metadata : {},
    };
  });
}

const plainTypes: ReadonlySet<string> = new Set<PrimitiveType>([
  'string',
  'long',
  'integer',
  'short',
  'byte',
  'float',
  'double',
  'boolean',
  'binary',
  'date',
  'timestamp',
  'timestamp_ntz',
  'void',
]);

function parsePrimitive(name: string, place: string): PrimitiveType {
  if (isPlainType(name)) return name;
  const decimal = /^decimal\((\d+),(-?\d+)\)$/.exec(name.replaceAll(' ', ''));
  if (decimal) return `decimal(${Number(decimal[1])},${Number(decimal[2])})`;
  throw unsupported(name, place);
}

function isPlainType(name: string): name is PrimitiveType {
  return plainTypes.has(name);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function corrupt(reason: string): BronzeError {
  return new BronzeError('TABLE_CORRUPT', `the table's schemaString is not valid: ${reason}`);
}

function unsupported(type: string, place: string): BronzeError {
  return new BronzeError('TABLE_FEATURE_UNSUPPORTED', `${place} has the type "${type}", which is not supported`);
}
