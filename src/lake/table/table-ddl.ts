import { pathToFileURL } from 'node:url';
import { BronzeError } from '../../errors.ts';
import { quoteIdentifier, quoteLiteral } from '../../model/pipeline/sql-text.ts';
import type { DataType, StructField, StructType } from '../../model/table/table-schema.ts';

export const ddlDialects = ['spark', 'trino', 'duckdb', 'athena'] as const;

export type DdlDialect = (typeof ddlDialects)[number];

/** What a catalogue is told of a table. */
export interface CataloguedTable {
  readonly name: string;
  /** A folder, or an `s3://` URL. */
  readonly root: string;
  /** The schema (database) of the catalogue. */
  readonly catalogSchema?: string | undefined;
}

/**
 * The statement that makes an existing Delta table known to a catalogue or an engine; columns are read from the log.
 * @throws BronzeError `USAGE` for Athena and a table that is not on S3.
 */
export function registrationDdl(dialect: DdlDialect, table: CataloguedTable): string {
  const { name, root, catalogSchema } = table;
  switch (dialect) {
    case 'spark':
      return `CREATE TABLE IF NOT EXISTS ${sparkName(table)} USING DELTA LOCATION ${sparkText(sparkLocation(root))};`;
    case 'trino':
      return (
        `CALL system.register_table(schema_name => ${quoteLiteral(catalogSchema ?? 'default')}, ` +
        `table_name => ${quoteLiteral(name)}, table_location => ${quoteLiteral(location(root))});`
      );
    case 'duckdb':
      return (
        `INSTALL delta;\nLOAD delta;\nCREATE OR REPLACE VIEW ${[...schemaPart(catalogSchema), name].map(quoteIdentifier).join('.')} ` +
        `AS SELECT * FROM delta_scan(${quoteLiteral(isOnS3(root) ? root : location(root))});`
      );
    case 'athena':
      if (!isOnS3(root)) throw new BronzeError('USAGE', `Athena reads tables on S3 alone, and ${name} is at ${root}`);
      return (
        `CREATE EXTERNAL TABLE IF NOT EXISTS ${[...schemaPart(catalogSchema), name].map(backQuoted).join('.')}\n` +
        `LOCATION ${sparkText(`${root}/`)}\nTBLPROPERTIES ('table_type' = 'DELTA');`
      );
  }
}

export interface NewTableDdl extends CataloguedTable {
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
  readonly description?: string | undefined;
}

/** The same table in the SQL of Spark, for people to read and for those who create their tables there. */
export function createTableDdl(table: NewTableDdl): string {
  const { schema, partitionColumns, properties, description, root } = table;
  const propertyLines = Object.entries(properties).map(([key, value]) => `  ${sparkText(key)} = ${sparkText(value)}`);
  return [
    `CREATE TABLE ${sparkName(table)} (`,
    schema.fields.map((field) => `  ${columnDdl(field)}`).join(',\n'),
    ')',
    'USING DELTA',
    ...(partitionColumns.length === 0 ? [] : [`PARTITIONED BY (${partitionColumns.map(backQuoted).join(', ')})`]),
    `LOCATION ${sparkText(sparkLocation(root))}`,
    ...(description === undefined ? [] : [`COMMENT ${sparkText(description)}`]),
    ...(propertyLines.length === 0 ? [] : [`TBLPROPERTIES (\n${propertyLines.join(',\n')}\n)`]),
  ]
    .join('\n')
    .concat(';');
}

function columnDdl({ name, type, nullable }: StructField): string {
  return `${backQuoted(name)} ${sparkType(type)}${nullable ? '' : ' NOT NULL'}`;
}

function sparkType(type: DataType): string {
  if (typeof type === 'string') return sparkNames[type] ?? type.toUpperCase();
  switch (type.type) {
    case 'struct':
      return `STRUCT<${type.fields
        .map((field) => `${backQuoted(field.name)}: ${sparkType(field.type)}${field.nullable ? '' : ' NOT NULL'}`)
        .join(', ')}>`;
    case 'array':
      return `ARRAY<${sparkType(type.elementType)}>`;
    case 'map':
      return `MAP<${sparkType(type.keyType)}, ${sparkType(type.valueType)}>`;
  }
}

/** Where Spark's SQL has another word than the Delta protocol. */
const sparkNames: Readonly<Partial<Record<string, string>>> = {
  long: 'BIGINT',
  integer: 'INT',
  short: 'SMALLINT',
  byte: 'TINYINT',
};

function sparkName({ name, catalogSchema }: CataloguedTable): string {
  return [...schemaPart(catalogSchema), name].map(backQuoted).join('.');
}

function schemaPart(catalogSchema: string | undefined): readonly string[] {
  return catalogSchema === undefined ? [] : [catalogSchema];
}

function isOnS3(root: string): boolean {
  return root.startsWith('s3://');
}

function location(root: string): string {
  return isOnS3(root) ? root : pathToFileURL(root).href;
}

/** Hadoop's S3 client answers to `s3a`. */
function sparkLocation(root: string): string {
  return location(root).replace(/^s3:/, 's3a:');
}

/** Spark and Hive take a backslash for the beginning of an escape, and do not double quotes. */
function sparkText(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function backQuoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
