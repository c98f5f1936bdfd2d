import type { DataType, StructType } from '../../model/table/table-schema.ts';

/**
 * Where a table takes no nulls and rows of `made` may have some: writers must not leave one there (PROTOCOL.md, Schema
 * Serialization Format). At any depth: fields of structs, elements of arrays, values of maps.
 */
export function* missingNotNull(held: StructType, made: StructType, outer = ''): Iterable<string> {
  const madeByName = new Map(made.fields.map((field) => [field.name, field]));
  for (const { name, nullable, type } of held.fields) {
    const field = madeByName.get(name);
    const place = `${outer}${name}`;
    if (field === undefined) {
      if (!nullable) yield `the table's column ${place} is NOT NULL, and the job does not make it`;
      continue;
    }
    if (!nullable && field.nullable) yield `column ${place} is NOT NULL in the table, and nullable in the job`;
    yield* missingWithin(type, field.type, place);
  }
}

function* missingWithin(held: DataType, made: DataType, place: string): Iterable<string> {
  if (typeof held === 'string' || typeof made === 'string') return;
  if (held.type === 'struct' && made.type === 'struct') yield* missingNotNull(held, made, `${place}.`);
  else if (held.type === 'array' && made.type === 'array') {
    if (!held.containsNull && made.containsNull)
      yield `elements of ${place} are NOT NULL in the table, and nullable in the job`;
    yield* missingWithin(held.elementType, made.elementType, `${place}[]`);
  } else if (held.type === 'map' && made.type === 'map') {
    if (!held.valueContainsNull && made.valueContainsNull) {
      yield `values of ${place} are NOT NULL in the table, and nullable in the job`;
    }
    yield* missingWithin(held.valueType, made.valueType, `${place}[]`);
  }
}
