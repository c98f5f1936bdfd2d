import { isUsableName } from '../model/table/column-name.ts';
import type { DataType, StructField } from '../model/table/table-schema.ts';
import { field } from '../model/table/table-schema.ts';
import { Numeral } from './parse-exactly.ts';

/** Objects and arrays that are nested deeper than this within a new field are kept as JSON text. */
const mostLevels = 10;
const [leastLong, greatestLong] = [-(2n ** 63n), 2n ** 63n - 1n];

/**
 * The type of a column that takes this value, of `parseExactly`; `void` where it shows none, as null does. Types of many
 * values are joined by `joinTypes`, in any order.
 */
export function typeOfJson(value: unknown, levels = mostLevels): DataType {
  if (value === null) return 'void';
  if (typeof value === 'boolean') return 'boolean';
  if (value instanceof Numeral) return typeOfNumeral(value.text);
  if (typeof value !== 'object' || levels === 0) return 'string';
  if (Array.isArray(value)) {
    const elements = (value as readonly unknown[]).map((element) => typeOfJson(element, levels - 1));
    return { type: 'array', elementType: elements.reduce(joinTypes, 'void'), containsNull: true };
  }
  const fields = Object.entries(value).flatMap(([name, inner]) =>
    isUsableName(name) ? [field(name, typeOfJson(inner, levels - 1))] : [],
  );
  return { type: 'struct', fields: joinFields([], fields) };
}

/** Integers keep their digits where a type has so many. */
function typeOfNumeral(text: string): DataType {
  if (!/^-?\d{1,38}$/.test(text)) return 'double';
  const integer = BigInt(text);
  return leastLong <= integer && integer <= greatestLong ? 'long' : 'decimal(38,0)';
}

/** Of several the last one takes the numbers of all. */
const numericTypes: readonly DataType[] = ['long', 'decimal(38,0)', 'double'];

/** The narrowest type that takes the values of both; text takes any JSON. Associative and commutative. */
export function joinTypes(left: DataType, right: DataType): DataType {
  if (left === right || right === 'void') return left;
  if (left === 'void') return right;
  if (typeof left === 'string' || typeof right === 'string') {
    const [one, other] = [numericTypes.indexOf(left), numericTypes.indexOf(right)];
    return one >= 0 && other >= 0 ? (numericTypes[Math.max(one, other)] ?? 'double') : 'string';
  }
  if (left.type === 'struct' && right.type === 'struct') {
    return { type: 'struct', fields: joinFields(left.fields, right.fields) };
  }
  if (left.type === 'array' && right.type === 'array') {
    return { ...left, elementType: joinTypes(left.elementType, right.elementType) };
  }
  return 'string';
}

/**
 * All fields of both, in the order of their names, so that it does not matter which came first. Of names that differ in
 * case alone, which tables cannot tell apart, the first in order is kept, and the values of the others are left out.
 */
export function joinFields(left: readonly StructField[], right: readonly StructField[]): readonly StructField[] {
  const joined = new Map<string, StructField>();
  for (const each of [...left, ...right]) {
    const key = each.name.toLowerCase();
    const other = joined.get(key);
    if (other?.name === each.name) joined.set(key, { ...other, type: joinTypes(other.type, each.type) });
    else if (other === undefined || each.name < other.name) joined.set(key, each);
  }
  return [...joined.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Without the fields of which no value has shown the type so far: nulls, empty arrays and objects. */
export function decidedFields(fields: readonly StructField[]): readonly StructField[] {
  return fields.flatMap((each): StructField[] => {
    const type = decidedType(each.type);
    return type === undefined ? [] : [{ ...each, type }];
  });
}

function decidedType(type: DataType): DataType | undefined {
  if (typeof type === 'string') return type === 'void' ? undefined : type;
  switch (type.type) {
    case 'struct': {
      const fields = decidedFields(type.fields);
      return fields.length === 0 ? undefined : { ...type, fields };
    }
    case 'array': {
      const elementType = decidedType(type.elementType);
      return elementType === undefined ? undefined : { ...type, elementType };
    }
    case 'map':
      return type;
  }
}

/** How many fields there are, with those of structs at any depth. */
export function countFields(fields: readonly StructField[]): number {
  return fields.reduce((sum, { type }) => sum + 1 + countWithin(type), 0);
}

function countWithin(type: DataType): number {
  if (typeof type === 'string') return 0;
  if (type.type === 'struct') return countFields(type.fields);
  return countWithin(type.type === 'array' ? type.elementType : type.valueType);
}
