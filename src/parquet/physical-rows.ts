import { columnIdOf, physicalName, type ColumnMappingMode } from '../model/table/column-mapping.ts';
import { renamedSql } from '../model/pipeline/renamed-sql.ts';
import { quoteIdentifier } from '../model/pipeline/sql-text.ts';
import type { DataType, StructField } from '../model/table/table-schema.ts';

/** Rows to write, and what the table calls their columns. */
export interface NamedRows {
  readonly table: string;
  /** SQL over the columns of `table`. */
  readonly where?: string;
  readonly fields: readonly StructField[];
  readonly columnMapping: ColumnMappingMode;
}

/** SQL to select from: the rows with the names that data files have for their columns. */
export function physicalRowsSql({ table, where = '', fields, columnMapping: mode }: NamedRows): string {
  const from = `${quoteIdentifier(table)}${where === '' ? '' : ` WHERE (${where})`}`;
  if (mode === 'none') return where === '' ? from : `(SELECT * FROM ${from})`;
  const names = { from: ({ name }: StructField) => name, to: (field: StructField) => physicalName(field, mode) };
  const columns = fields.map((field) => {
    const value = renamedSql(quoteIdentifier(field.name), field.type, names);
    return `${value} AS ${quoteIdentifier(names.to(field))}`;
  });
  return `(SELECT ${columns.join(', ')} FROM ${from})`;
}

/** DuckDB's option for the `field_id` of each column (PROTOCOL.md, Writer Requirements for Column Mapping). */
export function fieldIdsSql(fields: readonly StructField[], mode: ColumnMappingMode): string | undefined {
  const ids = fieldIds(fields, mode);
  return ids.length === 0 ? undefined : `FIELD_IDS {${ids.join(', ')}}`;
}

function fieldIds(fields: readonly StructField[], mode: ColumnMappingMode): readonly string[] {
  return fields.flatMap((field) => {
    const id = columnIdOf(field, mode);
    const inner = idsWithin(field.type, mode);
    const own = id === undefined ? [] : [`__duckdb_field_id: ${id}`];
    const all = [...own, ...inner];
    if (all.length === 0) return [];
    const value = id !== undefined && inner.length === 0 ? String(id) : `{${all.join(', ')}}`;
    return [`${quoteIdentifier(physicalName(field, mode))}: ${value}`];
  });
}

/** Elements, keys and values have no ids of their own. */
function idsWithin(type: DataType, mode: ColumnMappingMode): readonly string[] {
  if (typeof type === 'string') return [];
  const part = (name: string, inner: DataType): readonly string[] => {
    const ids = idsWithin(inner, mode);
    return ids.length === 0 ? [] : [`${name}: {${ids.join(', ')}}`];
  };
  switch (type.type) {
    case 'struct':
      return fieldIds(type.fields, mode);
    case 'array':
      return part('element', type.elementType);
    case 'map':
      return [...part('key', type.keyType), ...part('value', type.valueType)];
  }
}
