import type { DataType, StructField, StructType } from '../../model/table/table-schema.ts';

/** Every field of a schema, nested ones included, outermost first. */
export function* allFields(schema: StructType): Iterable<StructField> {
  for (const field of schema.fields) {
    yield field;
    yield* fieldsWithin(field.type);
  }
}

/** Does any column, at any depth, have this type? */
export function usesType(schema: StructType, type: DataType): boolean {
  for (const field of allFields(schema)) if (holdsType(field.type, type)) return true;
  return false;
}

function* fieldsWithin(type: DataType): Iterable<StructField> {
  if (typeof type === 'string') return;
  switch (type.type) {
    case 'struct':
      yield* allFields(type);
      return;
    case 'array':
      yield* fieldsWithin(type.elementType);
      return;
    case 'map':
      yield* fieldsWithin(type.keyType);
      yield* fieldsWithin(type.valueType);
  }
}

function holdsType(type: DataType, wanted: DataType): boolean {
  if (typeof type === 'string') return type === wanted;
  switch (type.type) {
    case 'struct':
      return false;
    case 'array':
      return holdsType(type.elementType, wanted);
    case 'map':
      return holdsType(type.keyType, wanted) || holdsType(type.valueType, wanted);
  }
}
