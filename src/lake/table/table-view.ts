import type { DuckDBConnection } from '@duckdb/node-api';
import { physicalName, type ColumnMappingMode } from '../../model/table/column-mapping.ts';
import { duckType, quoteIdentifier, quoteLiteral } from '../../model/pipeline/sql-text.ts';
import type { StructField, StructType } from '../../model/table/table-schema.ts';
import { createDeletedRows, type DeletedRows } from './deleted-rows.ts';
import { partitionLiteral } from '../../delta/values/partition-literal.ts';
import { physicalColumns } from '../../delta/schema/physical-columns.ts';

/** A data file that a snapshot names, as the view needs it. */
export interface DataFile {
  /** A path or URL that DuckDB reads. */
  readonly url: string;
  /** By physical name. */
  readonly partitionValues: Readonly<Record<string, string | null>>;
  /** Reads the file's deletion vector, where it has one. */
  readonly deletedRows?: () => Promise<readonly bigint[]>;
}

export interface TableViewSource {
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  readonly columnMapping?: ColumnMappingMode;
  readonly files: readonly DataFile[];
  /** The view says in further columns where each row is. */
  readonly withPositions?: boolean;
}

/** No data column can be called this: the log forbids no name, but nobody writes this one. */
const fileColumn = '__bronze_file';

/** The columns of a view with positions. */
export const positionColumns = {
  /** `fileNameOf` its file. */
  file: fileColumn,
  /** The row's index in the file, deleted ones counted. */
  row: '__bronze_row',
} as const;

let viewCount = 0;

/**
 * Makes `viewName` the SQL view of a snapshot: exactly the files that the log names without the rows that are deleted
 * in them, columns in the order of the schema, nulls for columns that a file does not have, and partition values from
 * the log with the schema's types.
 *
 * Where files differ in partition values they are joined with a table of those values by file name: DuckDB turns a
 * filter on a partition column into a filter on file names. (One branch per tuple in a UNION ALL was measured too: 200
 * tuples took 700 ms to plan, the join 20 ms.) Projections and other filters, but those on bytes, go down into the Parquet reader. Only files
 * with deletion vectors pay for the join with the deleted rows.
 */
export async function createTableView(
  connection: DuckDBConnection,
  viewName: string,
  source: TableViewSource,
): Promise<void> {
  const whole = source.files.filter((file) => file.deletedRows === undefined);
  const holed = source.files.filter((file) => file.deletedRows !== undefined);
  const branches = [
    ...(whole.length > 0 ? [await filesSql(connection, source, whole)] : []),
    ...(holed.length > 0 ? [await filesSql(connection, source, holed)] : []),
  ];
  const select = branches.length === 0 ? emptyRowsSql(source) : branches.join(' UNION ALL ');
  await connection.run(`CREATE OR REPLACE TEMP VIEW ${quoteIdentifier(viewName)} AS ${select}`);
}

async function filesSql(
  connection: DuckDBConnection,
  source: TableViewSource,
  files: readonly DataFile[],
): Promise<string> {
  const { schema, columnMapping: mode = 'none' } = source;
  const partitionFields = source.partitionColumns.map((name) => fieldNamed(schema, name));
  const valueOf = (file: DataFile | undefined, field: StructField): string =>
    partitionLiteral(file?.partitionValues[physicalName(field, mode)], field);
  const columns = physicalColumns(
    schema.fields.filter((field) => !partitionFields.includes(field)),
    mode,
  );
  const tuples = files.map((file) => partitionFields.map((field) => valueOf(file, field)));
  const isOneTuple = new Set(tuples.map((tuple) => tuple.join('\0'))).size === 1;
  const select = schema.fields.map((field) => {
    const name = quoteIdentifier(field.name);
    if (!partitionFields.includes(field)) return `${readSql(columns.columnSql(field, 'f'), field)} AS ${name}`;
    return `${isOneTuple ? valueOf(files[0], field) : `p.${name}`} AS ${name}`;
  });
  if (source.withPositions) {
    select.push(`f.${fileColumn} AS ${positionColumns.file}`, `f.file_row_number AS ${positionColumns.row}`);
  }
  const urls = files.map((file) => quoteLiteral(file.url)).join(', ');
  const from = [
    `read_parquet([${urls}]${columns.readerSchema}, filename = '${fileColumn}', hive_partitioning = false) f`,
  ];
  if (!isOneTuple) {
    const values = await createPartitionValues(connection, partitionFields, files, tuples);
    from.push(`JOIN ${values} p ON f.${fileColumn} = p.${fileColumn}`);
  }
  if (files.some((file) => file.deletedRows)) {
    const deleted = nextName('deleted_rows');
    await createDeletedRows(connection, deleted, deletedRowsOf(files));
    from.push(`ANTI JOIN ${deleted} d ON d.file = f.${fileColumn} AND d.row_index = f.file_row_number`);
  }
  return `SELECT ${select.join(', ')} FROM ${from.join(' ')}`;
}

/**
 * Conditions on bytes stay out of the Parquet reader: by Bloom filters it misses rows with equal bytes
 * (duckdb/duckdb#23829), and other writers' files may have some, as may those that older versions of ours wrote.
 */
function readSql(column: string, { type }: StructField): string {
  return type === 'binary' ? `CASE WHEN ${column} IS NULL THEN NULL ELSE ${column} END` : column;
}

async function* deletedRowsOf(files: readonly DataFile[]): AsyncIterable<DeletedRows> {
  for (const file of files) if (file.deletedRows) yield { fileName: fileNameOf(file), rows: await file.deletedRows() };
}

/** What DuckDB calls the file: its URL without the classes that escape patterns (`ObjectStore.readerUrl`). */
export function fileNameOf({ url }: Pick<DataFile, 'url'>): string {
  return url.replaceAll(/\[([*?[])\]/g, '$1');
}

function fieldNamed(schema: StructType, name: string): StructField {
  const found = schema.fields.find((field) => field.name === name);
  if (!found) throw new TypeError(`partition column ${name} is not in the schema`);
  return found;
}

/** A SELECT without rows that has the columns of a view. */
export function emptyRowsSql({ schema, withPositions }: Pick<TableViewSource, 'schema' | 'withPositions'>): string {
  const columns = schema.fields.map(
    (field) => `CAST(NULL AS ${duckType(field.type)}) AS ${quoteIdentifier(field.name)}`,
  );
  if (withPositions) {
    columns.push(`CAST(NULL AS VARCHAR) AS ${positionColumns.file}`, `CAST(NULL AS BIGINT) AS ${positionColumns.row}`);
  }
  return `SELECT ${columns.join(', ')} WHERE false`;
}

function nextName(what: string): string {
  viewCount += 1;
  return `__bronze_${what}_${viewCount}`;
}

async function createPartitionValues(
  connection: DuckDBConnection,
  fields: readonly StructField[],
  files: readonly DataFile[],
  tuples: readonly (readonly string[])[],
): Promise<string> {
  const name = nextName('partition_values');
  const columns = fields.map((field) => `${quoteIdentifier(field.name)} ${duckType(field.type)}`);
  await connection.run(`CREATE TEMP TABLE ${name} (${[`${fileColumn} VARCHAR`, ...columns].join(', ')})`);
  const rowsPerInsert = 500;
  for (let at = 0; at < files.length; at += rowsPerInsert) {
    const rows = files
      .slice(at, at + rowsPerInsert)
      .map((file, index) => `(${[quoteLiteral(fileNameOf(file)), ...(tuples[at + index] ?? [])].join(', ')})`);
    await connection.run(`INSERT INTO ${name} VALUES ${rows.join(', ')}`);
  }
  return name;
}
