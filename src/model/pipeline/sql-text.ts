import type { DataType, PrimitiveType } from '../table/table-schema.ts';

/** The one way in which a name enters SQL. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The one way in which text enters SQL. NUL ends a statement for DuckDB, so it is spelt as `chr(0)`. */
export function quoteLiteral(text: string): string {
  const parts = text.split('\0').map((part) => `'${part.replaceAll("'", "''")}'`);
  return parts.length === 1 ? parts.join('') : `(${parts.join(' || chr(0) || ')})`;
}

const duckPrimitives: Readonly<Record<string, string>> = {
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
  // Parquet: isAdjustedToUTC true for the first, false for the second.
  timestamp: 'TIMESTAMPTZ',
  timestamp_ntz: 'TIMESTAMP',
  void: '"NULL"',
};

/** DuckDB's type for a Delta type. */
export function duckType(type: DataType): string {
  if (typeof type === 'string') return duckPrimitives[type] ?? type.toUpperCase();
  switch (type.type) {
    case 'struct':
      return `STRUCT(${type.fields.map((f) => `${quoteIdentifier(f.name)} ${duckType(f.type)}`).join(', ')})`;
    case 'array':
      return `${duckType(type.elementType)}[]`;
    case 'map':
      return `MAP(${duckType(type.keyType)}, ${duckType(type.valueType)})`;
  }
}

export function isDecimal(type: DataType): type is Extract<PrimitiveType, `decimal(${string}`> {
  return typeof type === 'string' && type.startsWith('decimal(');
}

/** Precision and scale of `decimal(p,s)`. */
export function decimalParts(type: string): { readonly precision: number; readonly scale: number } {
  const match = /^decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)$/.exec(type);
  return { precision: Number(match?.[1] ?? 10), scale: Number(match?.[2] ?? 0) };
}

/** SQL of a value's text. DuckDB leaves out the zero before the point of a decimal that can have no other digit there. */
export function textSql(type: DataType, value: string): string {
  const text = `CAST(${value} AS VARCHAR)`;
  if (!isDecimal(type)) return text;
  const { precision, scale } = decimalParts(type);
  return precision === scale ? `regexp_replace(${text}, '^(-?)\\.', '\\10.')` : text;
}
