import type { DataType, StructField } from '../../../src/model/table/table-schema.ts';
import type { PlainValue } from '../parquet-reader.ts';
import { fractionOf } from './reference-values.ts';

/**
 * Floats by their values. In a column of texts that holds what was no text, numbers may be written in another way, and
 * objects and arrays too: they are compared as the JSON that they are.
 */
export function comparable(type: DataType, value: PlainValue): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') {
    if (type === 'double' || type === 'float') return withoutSign(Number(value.replace('inf', 'Infinity')));
    return type === 'string' ? looseJson(value) : value;
  }
  if (typeof type === 'string') return value;
  if (Array.isArray(value)) {
    if (type.type === 'array') return value.map((item: PlainValue) => comparable(type.elementType, item));
    if (type.type === 'map') {
      return value.map((entry: readonly PlainValue[]) => [entry[0], comparable(type.valueType, entry[1] ?? null)]);
    }
    return value;
  }
  if (type.type !== 'struct') return value;
  const fields = value as Readonly<Record<string, PlainValue>>;
  return type.fields.map(({ name, type: inner }) => [name, comparable(inner, fields[name] ?? null)]);
}

/** The dictionaries of DuckDB's Parquet files have one zero: the one that comes first in a row group. */
function withoutSign(value: number): string {
  return String(value === 0 ? 0 : value);
}

/** Where a decimal needs it, all numbers of a record become texts, also those in objects and arrays that are kept as text. */
function numeralText(value: unknown): unknown {
  return typeof value === 'string' && fractionOf(value) !== undefined ? Number(value) : value;
}

function looseJson(text: string): unknown {
  if (fractionOf(text) !== undefined) return { number: Number(text) };
  if (!/^[[{]/.test(text)) return text;
  try {
    return { json: JSON.parse(text, (_name, value: unknown) => numeralText(value)) as unknown };
  } catch {
    return text;
  }
}

/** As `ParquetReader` names types. */
export function typeText(type: DataType): string {
  if (typeof type === 'string') return type;
  switch (type.type) {
    case 'array':
      return `array<${typeText(type.elementType)}>`;
    case 'map':
      return `map<${typeText(type.keyType)},${typeText(type.valueType)}>`;
    case 'struct':
      return `struct<${type.fields.map((field: StructField) => `${field.name}:${typeText(field.type)}`).join(',')}>`;
  }
}
