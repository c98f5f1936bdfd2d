import { quoteIdentifier, quoteLiteral, duckType, textSql } from '../model/pipeline/sql-text.ts';
import type { StructField } from '../model/table/table-schema.ts';

/**
 * SQL for the text of a partition column's value as the log holds it (PROTOCOL.md, Partition Value Serialization).
 * Timestamps are ISO 8601 in UTC. The empty string means null there, so it becomes null.
 */
export function partitionValueSql({ name, type }: StructField): string {
  const column = quoteIdentifier(name);
  switch (type) {
    case 'string':
      return `nullif(${column}, '')`;
    case 'timestamp':
      return timestampSql(`timezone('UTC', ${column})`, 'T', 'Z');
    case 'timestamp_ntz':
      return timestampSql(column, ' ', '');
    default:
      return textSql(type, column);
  }
}

/** Whole seconds without a fraction, everything else with six digits, as Spark writes it. */
function timestampSql(timestamp: string, separator: string, zone: string): string {
  const day = `%Y-%m-%d${separator}%H:%M:%S`;
  return (
    `CASE WHEN microsecond(${timestamp}) % 1000000 = 0 THEN strftime(${timestamp}, '${day}${zone}') ` +
    `ELSE strftime(${timestamp}, '${day}.%f${zone}') END`
  );
}

/** SQL that is true for the rows whose partition column has this value, given as DuckDB's own text of it. */
export function hasPartitionValueSql({ name, type }: StructField, text: string | null): string {
  const value = text === null ? 'NULL' : quoteLiteral(text);
  return `${quoteIdentifier(name)} IS NOT DISTINCT FROM CAST(${value} AS ${duckType(type)})`;
}
