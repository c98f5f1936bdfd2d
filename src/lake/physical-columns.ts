import { columnId, physicalName, type ColumnMappingMode } from '../delta/column-mapping.ts';
import { duckType, quoteIdentifier, quoteLiteral } from '../model/sql-text.ts';
import type { DataType, StructField } from '../model/table-schema.ts';

/** Columns as data files hold them, and the SQL that makes the columns of the schema of them. */
export interface PhysicalColumns {
  /** DuckDB's `schema` for `read_parquet`, with its comma; empty where no column is in the files. */
  readonly readerSchema: string;
  /** A column of the schema, given the alias of the reader. */
  columnSql(field: StructField, alias: string): string;
}

/**
 * The columns are given to the reader, so binding opens no file, files may lack some, and narrower types are widened.
 * Names are those of the schema on the outside; below, structs have their physical names until `columnSql`.
 */
export function physicalColumns(fields: readonly StructField[], mode: ColumnMappingMode): PhysicalColumns {
  const entries = fields.map((field) => {
    const key = mode === 'id' ? String(columnId(field)) : quoteLiteral(physicalName(field, mode));
    const type = quoteLiteral(duckType(physicalType(field.type, mode)));
    return `${key}: {'name': ${quoteLiteral(readerName(field.name))}, 'type': ${type}, 'default_value': NULL}`;
  });
  return {
    readerSchema: entries.length === 0 ? '' : `, schema = MAP {${entries.join(', ')}}`,
    columnSql: (field, alias) => {
      const column = `${alias}.${quoteIdentifier(readerName(field.name))}`;
      return logicalSql(column, field.type, mode);
    },
  };
}

/** Columns that DuckDB's reader has of its own; one of the table's would take their place. */
const virtualColumns = /^(file_row_number|file_index|filename)$/i;

function readerName(name: string): string {
  return virtualColumns.test(name) ? `__bronze_column_${name}` : name;
}

function physicalType(type: DataType, mode: ColumnMappingMode): DataType {
  if (typeof type === 'string') return type;
  switch (type.type) {
    case 'struct':
      return {
        type: 'struct',
        fields: type.fields.map((field) => ({
          ...field,
          name: physicalName(field, mode),
          type: physicalType(field.type, mode),
        })),
      };
    case 'array':
      return { ...type, elementType: physicalType(type.elementType, mode) };
    case 'map':
      return { ...type, keyType: physicalType(type.keyType, mode), valueType: physicalType(type.valueType, mode) };
  }
}

/** SQL that gives the structs within a value the names of the schema; the value itself where they have them. */
function logicalSql(value: string, type: DataType, mode: ColumnMappingMode, depth = 0): string {
  if (typeof type === 'string' || !hasOtherNames(type, mode)) return value;
  const item = `x${depth}`;
  switch (type.type) {
    case 'struct': {
      const fields = type.fields.map((field) => {
        const inner = `${value}.${quoteIdentifier(physicalName(field, mode))}`;
        return `${quoteIdentifier(field.name)} := ${logicalSql(inner, field.type, mode, depth + 1)}`;
      });
      return `CASE WHEN ${value} IS NOT NULL THEN struct_pack(${fields.join(', ')}) END`;
    }
    case 'array':
      return `list_transform(${value}, lambda ${item}: ${logicalSql(item, type.elementType, mode, depth + 1)})`;
    case 'map': {
      const key = logicalSql(`${item}.key`, type.keyType, mode, depth + 1);
      const mapped = logicalSql(`${item}.value`, type.valueType, mode, depth + 1);
      const entry = `struct_pack(k := ${key}, v := ${mapped})`;
      return `map_from_entries(list_transform(map_entries(${value}), lambda ${item}: ${entry}))`;
    }
  }
}

function hasOtherNames(type: DataType, mode: ColumnMappingMode): boolean {
  if (typeof type === 'string') return false;
  switch (type.type) {
    case 'struct':
      return type.fields.some((field) => physicalName(field, mode) !== field.name || hasOtherNames(field.type, mode));
    case 'array':
      return hasOtherNames(type.elementType, mode);
    case 'map':
      return hasOtherNames(type.keyType, mode) || hasOtherNames(type.valueType, mode);
  }
}
