import type { DataType, StructField } from './table-schema.ts';

/** How columns are found in data files: by their names, or as PROTOCOL.md, Column Mapping says. */
export type ColumnMappingMode = 'none' | 'name' | 'id';

/** Keys of a field's metadata. */
export const physicalNameKey = 'delta.columnMapping.physicalName';
export const columnIdKey = 'delta.columnMapping.id';

/** The name of a column, at any depth, in data files, partition values and statistics. */
export function physicalName({ name, metadata }: StructField, mode: ColumnMappingMode): string {
  const physical = metadata[physicalNameKey];
  return mode !== 'none' && typeof physical === 'string' ? physical : name;
}

/** The `field_id` of a column in data files, where it has one. */
export function columnIdOf({ metadata }: StructField, mode: ColumnMappingMode): number | undefined {
  const id = metadata[columnIdKey];
  return mode !== 'none' && typeof id === 'number' && Number.isSafeInteger(id) ? id : undefined;
}

/** The fields as data files have them: with their physical names, at every depth. */
export function physicalFields(fields: readonly StructField[], mode: ColumnMappingMode): readonly StructField[] {
  if (mode === 'none') return fields;
  return fields.map((field) => ({
    ...field,
    name: physicalName(field, mode),
    type: physicalType(field.type, mode),
  }));
}

export function physicalType(type: DataType, mode: ColumnMappingMode): DataType {
  if (typeof type === 'string' || mode === 'none') return type;
  switch (type.type) {
    case 'struct':
      return { type: 'struct', fields: physicalFields(type.fields, mode) };
    case 'array':
      return { ...type, elementType: physicalType(type.elementType, mode) };
    case 'map':
      return { ...type, keyType: physicalType(type.keyType, mode), valueType: physicalType(type.valueType, mode) };
  }
}

/** A path into structs with the names of data files. Names of columns are unique whatever their case. */
export function physicalPath(
  fields: readonly StructField[],
  path: readonly string[],
  mode: ColumnMappingMode,
): readonly string[] {
  let level = fields;
  return path.map((name) => {
    const field = level.find((other) => other.name.toLowerCase() === name.toLowerCase());
    level = typeof field?.type === 'object' && field.type.type === 'struct' ? field.type.fields : [];
    return field ? physicalName(field, mode) : name;
  });
}
