import { createHash } from 'node:crypto';
import { columnIdKey, columnIdOf, physicalNameKey } from '../../model/table/column-mapping.ts';
import type { DataType, StructField, StructType } from '../../model/table/table-schema.ts';
import { columnMappingMode } from './column-mapping.ts';
import type { MetaDataAction } from '../actions.ts';
import { allFields } from './schema-fields.ts';
import { printSchemaString } from './schema-string.ts';

/** Raised with every new column, and never lowered, so that no id is used twice (PROTOCOL.md, Column Mapping). */
export const maxColumnIdKey = 'delta.columnMapping.maxColumnId';

/**
 * The schema with an id and a physical name for each field that `held` lacks, and the greatest id there is then. Both
 * follow from the table and from what it held: whoever adds the same columns to the same table calls them the same, so
 * files can be written before the columns are committed.
 */
export function withColumnIds(
  schema: StructType,
  held: StructType | undefined,
  { id: tableId, configuration }: Pick<MetaDataAction, 'id' | 'configuration'>,
): { readonly schema: StructType; readonly maxColumnId: number } {
  let maxColumnId = greatestId(held, configuration);
  const added = ({ name, nullable, metadata, type }: StructField): StructField => {
    maxColumnId += 1;
    const own = { [columnIdKey]: maxColumnId, [physicalNameKey]: nameOf(tableId, maxColumnId) };
    return { name, nullable, metadata: { ...metadata, ...own }, type: withIds(type, undefined) };
  };
  const fieldsWithIds = (fields: readonly StructField[], before: readonly StructField[]): readonly StructField[] => {
    const known = new Map(before.map((field) => [field.name, field]));
    return fields.map((field) => {
      const own = known.get(field.name);
      return own === undefined ? added(field) : { ...field, type: withIds(field.type, own.type) };
    });
  };
  const withIds = (type: DataType, before: DataType | undefined): DataType => {
    if (typeof type === 'string') return type;
    const other = typeof before === 'object' && before.type === type.type ? before : undefined;
    switch (type.type) {
      case 'struct':
        return { ...type, fields: fieldsWithIds(type.fields, other?.type === 'struct' ? other.fields : []) };
      case 'array':
        return {
          ...type,
          elementType: withIds(type.elementType, other?.type === 'array' ? other.elementType : undefined),
        };
      case 'map': {
        const map = other?.type === 'map' ? other : undefined;
        return {
          ...type,
          keyType: withIds(type.keyType, map?.keyType),
          valueType: withIds(type.valueType, map?.valueType),
        };
      }
    }
  };
  const fields = fieldsWithIds(schema.fields, held?.fields ?? []);
  return { schema: { type: 'struct', fields }, maxColumnId };
}

/** The metadata with these columns, and their ids where the table maps columns. */
export function metaDataWithSchema(
  metaData: MetaDataAction,
  schema: StructType,
  held: StructType | undefined,
): { readonly metaData: MetaDataAction; readonly schema: StructType } {
  if (columnMappingMode(metaData) === 'none') return { metaData: withSchemaString(metaData, schema), schema };
  const { schema: mapped, maxColumnId } = withColumnIds(schema, held, metaData);
  const configuration = { ...metaData.configuration, [maxColumnIdKey]: String(maxColumnId) };
  return { metaData: withSchemaString({ ...metaData, configuration }, mapped), schema: mapped };
}

function withSchemaString(metaData: MetaDataAction, schema: StructType): MetaDataAction {
  return { ...metaData, schemaString: printSchemaString(schema) };
}

function greatestId(held: StructType | undefined, configuration: MetaDataAction['configuration']): number {
  const noted = Number(configuration[maxColumnIdKey] ?? 0);
  const ids = held ? Array.from(allFields(held), (field) => columnIdOf(field, 'id') ?? 0) : [];
  return ids.reduce((left, right) => Math.max(left, right), Number.isSafeInteger(noted) ? noted : 0);
}

function nameOf(tableId: string, columnId: number): string {
  const digest = createHash('sha256').update(`${tableId}/${columnId}`).digest('hex');
  return `col-${digest.slice(0, 8)}-${digest.slice(8, 12)}-${digest.slice(12, 16)}-${digest.slice(16, 20)}-${digest.slice(20, 32)}`;
}
