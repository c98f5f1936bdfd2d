import { physicalName, physicalType, type ColumnMappingMode } from '../../model/table/column-mapping.ts';
import { renamedSql } from '../../model/pipeline/renamed-sql.ts';
import { duckType, quoteIdentifier, quoteLiteral } from '../../model/pipeline/sql-text.ts';
import type { StructField } from '../../model/table/table-schema.ts';
import { columnId } from './column-mapping.ts';

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
      return renamedSql(column, field.type, { from: (inner) => physicalName(inner, mode), to: ({ name }) => name });
    },
  };
}

/** Columns that DuckDB's reader has of its own; one of the table's would take their place. */
const virtualColumns = /^(file_row_number|file_index|filename)$/i;

function readerName(name: string): string {
  return virtualColumns.test(name) ? `__bronze_column_${name}` : name;
}
