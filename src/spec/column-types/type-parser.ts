import type { Parsed } from '../../model/batch/offset-position.ts';
import type { DataType, PrimitiveType, StructField } from '../../model/table/table-schema.ts';
import { nearestName } from '../../model/nearest-name.ts';
import { TypeScanner, TypeSyntax } from './type-scanner.ts';

const primitiveTypes: Readonly<Record<string, PrimitiveType>> = {
  string: 'string',
  bigint: 'long',
  long: 'long',
  int: 'integer',
  integer: 'integer',
  smallint: 'short',
  short: 'short',
  tinyint: 'byte',
  byte: 'byte',
  float: 'float',
  real: 'float',
  double: 'double',
  boolean: 'boolean',
  binary: 'binary',
  date: 'date',
  timestamp: 'timestamp',
  timestamp_ltz: 'timestamp',
  timestamp_ntz: 'timestamp_ntz',
};

const decimalNames = ['decimal', 'dec', 'numeric'];
const nestedNames = ['array', 'map', 'struct'];
const typeNames = [...Object.keys(primitiveTypes), ...decimalNames, ...nestedNames];

/** Deep enough for any event; keeps a hostile text from exhausting the stack. */
const maxDepth = 64;

/** Reads a type in Spark's DDL: `string`, `decimal(38,18)`, `array<int>`, `struct<a: string, b: int not null>`. */
export function parseType(text: string): Parsed<DataType> {
  return reading(text, (scanner) => readType(scanner, 0));
}

/** Reads a column's type as a job file has it: a type, then perhaps `not null` and `comment '…'`. */
export function parseColumn(name: string, text: string): Parsed<StructField> {
  return reading(text, (scanner) => readFieldEnd(scanner, name, readType(scanner, 0)));
}

/** Reads a whole list of columns in Spark's DDL: `event_id STRING NOT NULL, tags ARRAY<STRING>`. */
export function parseColumnList(text: string): Parsed<readonly StructField[]> {
  return reading(text, (scanner) => readFields(scanner, 0));
}

function reading<T>(text: string, read: (scanner: TypeScanner) => T): Parsed<T> {
  const scanner = new TypeScanner(text);
  try {
    const value = read(scanner);
    if (!scanner.atEnd()) scanner.fail('the end of the type');
    return { ok: true, value };
  } catch (error) {
    if (error instanceof TypeSyntax) return { ok: false, expected: error.expected };
    throw error;
  }
}

function readType(scanner: TypeScanner, depth: number): DataType {
  if (depth > maxDepth) scanner.fail(`at most ${maxDepth} levels of nesting`);
  scanner.atEnd();
  const start = scanner.position;
  const word = scanner.word('a type').toLowerCase();
  if (Object.hasOwn(primitiveTypes, word)) {
    const type = primitiveTypes[word];
    if (type !== undefined) return type;
  }
  if (decimalNames.includes(word)) return readDecimal(scanner);
  if (word === 'array') return readArray(scanner, depth);
  if (word === 'map') return readMap(scanner, depth);
  if (word === 'struct') return readStruct(scanner, depth);
  if (word === 'varchar' || word === 'char') return scanner.fail('string, the type of all text,', start);
  const nearest = nearestName(word, typeNames);
  return scanner.fail(nearest === undefined ? `a type (${typeNames.join(', ')})` : `${nearest}, not ${word},`, start);
}

/** Spark's default is `decimal(10,0)`. */
function readDecimal(scanner: TypeScanner): PrimitiveType {
  if (!scanner.takes('(')) return 'decimal(10,0)';
  const start = scanner.position;
  const precision = scanner.wholeNumber('the precision');
  if (scanner.atEnd()) scanner.fail('`,` or `)` of a decimal (inside { } or [ ] quote a type with a comma)');
  const scale = scanner.takes(',') ? scanner.wholeNumber('the scale') : 0;
  scanner.needs(')', 'after precision and scale');
  if (precision < 1 || precision > 38) scanner.fail('a precision from 1 to 38', start);
  if (scale > precision) scanner.fail(`a scale from 0 to ${precision}`, start);
  return `decimal(${precision},${scale})`;
}

function readArray(scanner: TypeScanner, depth: number): DataType {
  scanner.needs('<', 'after array');
  const elementType = readType(scanner, depth + 1);
  scanner.needs('>', 'after the element type');
  return { type: 'array', elementType, containsNull: true };
}

function readMap(scanner: TypeScanner, depth: number): DataType {
  scanner.needs('<', 'after map');
  scanner.atEnd();
  const keyStart = scanner.position;
  const keyType = readType(scanner, depth + 1);
  if (typeof keyType === 'object') scanner.fail('a key type that is not nested', keyStart);
  scanner.needs(',', 'after the key type');
  const valueType = readType(scanner, depth + 1);
  scanner.needs('>', 'after the value type');
  return { type: 'map', keyType, valueType, valueContainsNull: true };
}

function readStruct(scanner: TypeScanner, depth: number): DataType {
  scanner.needs('<', 'after struct');
  const fields = readFields(scanner, depth + 1);
  scanner.needs('>', 'or `,` after a field');
  return { type: 'struct', fields };
}

function readFields(scanner: TypeScanner, depth: number): StructField[] {
  const fields: StructField[] = [];
  do {
    const name = scanner.fieldName();
    scanner.takes(':');
    fields.push(readFieldEnd(scanner, name, readType(scanner, depth)));
  } while (scanner.takes(','));
  return fields;
}

function readFieldEnd(scanner: TypeScanner, name: string, type: DataType): StructField {
  const nullable = !scanner.takesWords('not null');
  if (nullable) scanner.takesWords('null');
  const comment = scanner.takesWords('comment') ? scanner.quotedText('the comment in quotes') : undefined;
  return { name, type, nullable, metadata: comment === undefined ? {} : { comment } };
}
