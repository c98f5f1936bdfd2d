import type { DataType } from '../model/table-schema.ts';
import { sqlName } from './sql-text.ts';

const primitives: Readonly<Record<string, string>> = {
  string: 'VARCHAR',
  long: 'BIGINT',
  integer: 'INTEGER',
  short: 'SMALLINT',
  byte: 'TINYINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
  binary: 'BLOB',
  date: 'DATE',
  timestamp: 'TIMESTAMPTZ',
  timestamp_ntz: 'TIMESTAMP',
};

/** The DuckDB type, as SQL, that holds every value of a Delta type. */
export function duckDbType(type: DataType): string {
  if (typeof type === 'string') return primitives[type] ?? type.toUpperCase();
  switch (type.type) {
    case 'struct':
      return `STRUCT(${type.fields.map((field) => `${sqlName(field.name)} ${duckDbType(field.type)}`).join(', ')})`;
    case 'array':
      return `${duckDbType(type.elementType)}[]`;
    case 'map':
      return `MAP(${duckDbType(type.keyType)}, ${duckDbType(type.valueType)})`;
  }
}
