import { duckType, quoteIdentifier, quoteLiteral } from '../../model/pipeline/sql-text.ts';
import type { StructType } from '../../model/table/table-schema.ts';
import { addType } from './checkpoint-columns.ts';

/**
 * The rows of checkpoint files with exactly these action columns, by name at every depth; what a file lacks is null.
 * @param files a list of files in SQL
 * @param statsParsedType DuckDB's type of `add.stats_parsed`, where the files have it
 */
export function checkpointSource(
  files: string,
  columns: Readonly<Record<string, StructType>>,
  statsParsedType?: string,
): string {
  const entries = Object.entries(columns).map(([name, type]) => {
    const columnType = name === 'add' && statsParsedType !== undefined ? addWith(statsParsedType) : duckType(type);
    const key = quoteLiteral(name);
    return `${key}: {'name': ${key}, 'type': ${quoteLiteral(columnType)}, 'default_value': NULL}`;
  });
  return `read_parquet(${files}, schema = MAP {${entries.join(', ')}})`;
}

function addWith(statsParsedType: string): string {
  return duckType(addType).replace(/\)$/, `, stats_parsed ${statsParsedType})`);
}

/** A SELECT of one JSON line per action: an object with one field, as a line of a log entry. */
export function actionLinesSql(
  files: string,
  columns: Readonly<Record<string, StructType>>,
  statsParsedType?: string,
): string {
  const names = Object.keys(columns);
  const branches = names.map((name) => {
    const column = quoteIdentifier(name);
    const value = name === 'add' && statsParsedType !== undefined ? addWithStats : column;
    return `WHEN ${column} IS NOT NULL THEN to_json(struct_pack(${column} := ${value}))`;
  });
  const anyOf = names.map((name) => `${quoteIdentifier(name)} IS NOT NULL`).join(' OR ');
  const source = checkpointSource(files, columns, statsParsedType);
  return `SELECT CAST(CASE ${branches.join(' ')} END AS VARCHAR) FROM ${source} WHERE ${anyOf}`;
}

/** `delta.checkpoint.writeStatsAsJson=false` leaves only the parsed form. */
const addWithStats = `struct_pack(${addType.fields
  .map(({ name }) => {
    const value = name === 'stats' ? 'coalesce(add.stats, CAST(to_json(add.stats_parsed) AS VARCHAR))' : `add.${name}`;
    return `${quoteIdentifier(name)} := ${value}`;
  })
  .join(', ')})`;

/** A SELECT of one row where the first file has `add.stats_parsed`, else of none. */
export function hasStatsParsedSql(files: string): string {
  return `SELECT 'yes' FROM parquet_schema(${files}[1]) WHERE name = 'stats_parsed' LIMIT 1`;
}

/** A SELECT of DuckDB's type of `add.stats_parsed` in the first file. */
export function statsParsedTypeSql(files: string): string {
  return `SELECT column_type FROM (DESCRIBE SELECT add.stats_parsed FROM read_parquet(${files}[1]))`;
}
