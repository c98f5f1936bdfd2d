import { randomUUID } from 'node:crypto';
import { BronzeError } from '../errors.ts';
import type { StructType } from '../model/table/table-schema.ts';
import type { Action, ProtocolAction } from './actions.ts';
import { metaDataWithSchema } from './schema/column-ids.ts';
import { columnMappingMode } from './schema/column-mapping.ts';
import { parseSchemaString, printSchemaString } from './schema/schema-string.ts';
import { usesType } from './schema/schema-fields.ts';
import { assertWritable } from './table-features.ts';

export interface NewTable {
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  /** `metaData.configuration`. */
  readonly properties?: Readonly<Record<string, string>>;
  readonly description?: string;
  /** Table features that only writers need to know, besides those that columns and properties ask for. */
  readonly writerFeatures?: readonly string[];
  /** Milliseconds since the epoch; now, unless given. */
  readonly createdAtMs?: number;
}

/**
 * The `protocol` and `metaData` of a table's first version. Protocol (1,2) unless a column or a property needs more.
 * @throws BronzeError `TABLE_SCHEMA_MISMATCH` for a schema that Delta does not allow, `TABLE_FEATURE_UNSUPPORTED` for
 * properties that we could not honour.
 */
export function newTableActions(table: NewTable): Action[] {
  assertColumns(table);
  const protocol = protocolFor(table);
  const named = {
    id: randomUUID(),
    ...(table.description === undefined ? {} : { description: table.description }),
    format: { provider: 'parquet', options: {} },
    schemaString: '',
    partitionColumns: [...table.partitionColumns],
    configuration: { ...table.properties },
    createdTime: table.createdAtMs ?? Date.now(),
  };
  const { metaData, schema } = metaDataWithSchema(named, table.schema, undefined);
  assertWritable({ protocol, metaData, schema: parseSchemaString(printSchemaString(schema)) }, 'the new table');
  return [{ protocol }, { metaData }];
}

function protocolFor({ schema, properties = {}, writerFeatures: further = [] }: NewTable): ProtocolAction {
  const isOn = (property: string): boolean => properties[property]?.toLowerCase() === 'true';
  const writerOnly = [...(isOn('delta.enableInCommitTimestamps') ? ['inCommitTimestamp'] : []), ...further];
  const both = [
    ...(usesType(schema, 'timestamp_ntz') ? ['timestampNtz'] : []),
    ...(columnMappingMode({ configuration: properties }) === 'none' ? [] : ['columnMapping']),
    ...(isOn('delta.enableTypeWidening') ? ['typeWidening'] : []),
    ...(isOn('delta.enableDeletionVectors') ? ['deletionVectors'] : []),
  ];
  if (writerOnly.length + both.length === 0) return { minReaderVersion: 1, minWriterVersion: 2 };
  const writerFeatures = ['appendOnly', 'invariants', ...writerOnly, ...both];
  if (both.length === 0) return { minReaderVersion: 1, minWriterVersion: 7, writerFeatures };
  return { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: both, writerFeatures };
}

/** PROTOCOL.md: column names are unique whatever their case; partition columns are columns, and of primitive type. */
function assertColumns({ schema, partitionColumns, properties = {} }: NewTable): void {
  const names = schema.fields.map(({ name }) => name.toLowerCase());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(`two columns are named ${twice}, whatever their case`);
  // Mapped columns have other names in files.
  const isMapped = columnMappingMode({ configuration: properties }) !== 'none';
  const barred = isMapped ? undefined : schema.fields.find(({ name }) => barredColumnName(name));
  if (barred) throw invalid(`the column name "${barred.name}" has a character that Parquet tables do not allow`);
  for (const column of partitionColumns) {
    const field = schema.fields.find(({ name }) => name === column);
    if (!field) throw invalid(`the partition column ${column} is not a column`);
    if (typeof field.type !== 'string') throw invalid(`the partition column ${column} is nested`);
  }
  if (new Set(partitionColumns).size !== partitionColumns.length) throw invalid('a partition column is named twice');
  if (partitionColumns.length >= schema.fields.length) throw invalid('every column is a partition column');
}

/** Names that the Parquet tables of Delta's own writers cannot have. */
export function barredColumnName(name: string): boolean {
  return name === '' || /[ ,;{}()\n\t=]/.test(name);
}

function invalid(reason: string): BronzeError {
  return new BronzeError('TABLE_SCHEMA_MISMATCH', `a table cannot be created with this schema: ${reason}`);
}
