import { hiddenPrefix } from '../model/pipeline/pipeline-step.ts';
import { quoteIdentifier, quoteLiteral } from '../model/pipeline/sql-text.ts';
import type { DataType, MapType, StructField } from '../model/table/table-schema.ts';
import { castJsonText } from './cast-json-text.ts';

/** A condition over one place of the schema, with that place's name for messages: `request.size_bytes`, `tags[]`. */
export interface PlaceCheck {
  readonly place: string;
  readonly when: string;
}

/** DuckDB's structure for `from_json` of an object with these fields: every scalar as text. */
export function textStructure(fields: readonly StructField[]): string {
  return JSON.stringify(Object.fromEntries(fields.map((f) => [f.name, textType(f.type)])));
}

function textType(type: DataType): string {
  if (typeof type === 'string') return 'VARCHAR';
  switch (type.type) {
    case 'struct':
      return `STRUCT(${type.fields.map((f) => `${quoteIdentifier(f.name)} ${textType(f.type)}`).join(', ')})`;
    case 'array':
      return `${textType(type.elementType)}[]`;
    case 'map':
      return `MAP(VARCHAR, ${textType(type.valueType)})`;
  }
}

export function fieldOf(structSql: string, name: string): string {
  return `struct_extract(${structSql}, ${quoteLiteral(name)})`;
}

/** SQL that turns what `from_json` made of a value into the value; null where a scalar does not fit its type. */
export function typedValue(type: DataType, text: string, depth = 0): string {
  if (typeof type === 'string') return castJsonText(type, text);
  if (type.type === 'map') return typedMap(type, text, depth);
  if (isAllText(type)) return text;
  if (type.type === 'array') {
    const element = lambdaName(depth);
    return `list_transform(${text}, lambda ${element}: ${typedValue(type.elementType, element, depth + 1)})`;
  }
  const fields = type.fields.map(
    (f) => `${quoteIdentifier(f.name)} := ${typedValue(f.type, fieldOf(text, f.name), depth)}`,
  );
  return `CASE WHEN ${text} IS NOT NULL THEN struct_pack(${fields.join(', ')}) END`;
}

/** Of keys that occur twice the first is kept, as in objects; a Parquet map must not hold a key twice. */
function typedMap(type: MapType, text: string, depth: number): string {
  const [entry, index, other] = [lambdaName(depth), `${lambdaName(depth)}_index`, `${lambdaName(depth)}_other`];
  const value = typedValue(type.valueType, `${entry}.value`, depth + 1);
  const entries = (list: string): string =>
    isAllText(type.valueType)
      ? list
      : `list_transform(${list}, lambda ${entry}: struct_pack("key" := ${entry}.key, "value" := ${value}))`;
  const all = `map_entries(${text})`;
  const keys = `list_transform(${all}, lambda ${other}: ${other}.key)`;
  const firsts = `list_filter(${all}, lambda ${entry}, ${index}: list_position(${keys}, ${entry}.key) = ${index})`;
  const unique = isAllText(type.valueType) ? text : `map_from_entries(${entries(all)})`;
  return (
    `CASE WHEN ${text} IS NULL THEN NULL WHEN len(list_distinct(${keys})) = len(${keys}) THEN ${unique} ` +
    `ELSE map_from_entries(${entries(firsts)}) END`
  );
}

/** Scalars that are there and do not fit their type. `typed` is what `typedValue` made, where it is at hand. */
export function castFailures(field: StructField, text: string, typed: string): PlaceCheck[] {
  return failuresIn(field.type, field.name, text, typed, 0);
}

function failuresIn(
  type: DataType,
  place: string,
  text: string,
  typed: string | undefined,
  depth: number,
): PlaceCheck[] {
  if (isAllText(type)) return [];
  if (typeof type === 'string') {
    const value = typed ?? castJsonText(type, text);
    return [{ place: `${place} as ${type}`, when: `(${text} IS NOT NULL AND ${value} IS NULL)` }];
  }
  if (type.type === 'struct') {
    return type.fields.flatMap((f) =>
      failuresIn(f.type, `${place}.${f.name}`, fieldOf(text, f.name), typed && fieldOf(typed, f.name), depth),
    );
  }
  const element = lambdaName(depth);
  const [list, elementType] =
    type.type === 'array' ? [text, type.elementType] : [`map_values(${text})`, type.valueType];
  return failuresIn(elementType, `${place}[]`, element, undefined, depth + 1).map(({ place: inner, when }) => ({
    place: inner,
    when: someElement(list, element, when),
  }));
}

/** Fields that are required and null. A field of a struct that is itself null is not asked for. */
export function missingFields(field: StructField, value: string): PlaceCheck[] {
  const own = field.nullable ? [] : [{ place: field.name, when: `${value} IS NULL` }];
  return [...own, ...missingIn(field.type, field.name, value, 0)];
}

function missingIn(type: DataType, place: string, value: string, depth: number): PlaceCheck[] {
  if (typeof type === 'string') return [];
  if (type.type === 'struct') {
    return type.fields.flatMap((f) => {
      const inner = fieldOf(value, f.name);
      const innerPlace = `${place}.${f.name}`;
      const own = f.nullable ? [] : [{ place: innerPlace, when: `(${value} IS NOT NULL AND ${inner} IS NULL)` }];
      return [...own, ...missingIn(f.type, innerPlace, inner, depth)];
    });
  }
  const element = lambdaName(depth);
  const isArray = type.type === 'array';
  const [list, elementType] = isArray ? [value, type.elementType] : [`map_values(${value})`, type.valueType];
  const mayBeNull = isArray ? type.containsNull : type.valueContainsNull;
  const own = mayBeNull ? [] : [{ place: `${place}[]`, when: `${element} IS NULL` }];
  return [...own, ...missingIn(elementType, `${place}[]`, element, depth + 1)].map((check) => ({
    place: check.place,
    when: someElement(list, element, check.when),
  }));
}

export function someElement(list: string, element: string, when: string): string {
  return `coalesce(len(list_filter(${list}, lambda ${element}: ${when})) > 0, false)`;
}

/** True where `from_json` already gave the value as it goes into the table. */
function isAllText(type: DataType): boolean {
  if (typeof type === 'string') return type === 'string';
  switch (type.type) {
    case 'struct':
      return type.fields.every((f) => isAllText(f.type));
    case 'array':
      return isAllText(type.elementType);
    case 'map':
      return false;
  }
}

export function lambdaName(depth: number): string {
  return `${hiddenPrefix}x${depth}`;
}
