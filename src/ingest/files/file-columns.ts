import { createHash } from 'node:crypto';
import { columnMappingMode } from '../../delta/schema/column-mapping.ts';
import { loadTableState } from '../../delta/load-table-state.ts';
import type { TableState } from '../../delta/table-state.ts';
import { EngineSession } from '../../engine/session.ts';
import { columnIdKey, physicalNameKey, type ColumnMappingMode } from '../../model/table/column-mapping.ts';
import type { JobSpec } from '../../model/job/job-spec.ts';
import type { StagedFile } from '../../model/batch/staged-file.ts';
import type { DataType, StructField, StructType } from '../../model/table/table-schema.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { tableSchema } from '../../transform/table-schema.ts';
import { fitJob } from '../lane/lane-rules.ts';
import { checkpointReader } from './readable-files.ts';

/** The columns of a job's rows, and what data files of the table call them. */
export interface FileColumns {
  readonly schema: StructType;
  readonly columnMapping: ColumnMappingMode;
  /** Says whether two of these are the same; absent where columns have their own names. */
  readonly mappingDigest?: string;
}

/**
 * What files for the table have to call the job's columns. Those that the table is to get have their names already: they
 * follow from the table and the job (`withColumnIds`).
 */
export function fileColumnsOf(state: TableState, spec: JobSpec): FileColumns {
  const schema = tableSchema(spec);
  const columnMapping = columnMappingMode(state.metaData);
  if (columnMapping === 'none') return { schema, columnMapping };
  const fit = fitJob(state, spec);
  const mapped = withNamesOf(schema, fit.kind === 'evolves' ? fit.schema : state.schema);
  const mappingDigest = createHash('sha256').update(JSON.stringify(mapped)).digest('base64url');
  return { schema: mapped, columnMapping, mappingDigest };
}

/** The same, by the newest version of the table. */
export async function loadFileColumns(
  store: ObjectStore,
  spec: JobSpec,
  scratch: { readonly folder: string; readonly memoryLimitBytes: number },
): Promise<FileColumns> {
  await using session = await EngineSession.open({ ...scratch, readsFrom: [store.root] });
  const state = await loadTableState(store, { readParquetRows: checkpointReader(session) });
  return state ? fileColumnsOf(state, spec) : { schema: tableSchema(spec), columnMapping: 'none' };
}

/** Were all files written with the names that the table has for the columns? */
export function haveNamesOf(state: TableState, spec: JobSpec, files: readonly StagedFile[]): boolean {
  const { mappingDigest } = fileColumnsOf(state, spec);
  return files.every((file) => file.mappingDigest === mappingDigest);
}

/** The columns with the ids and physical names that the table has for them. */
export function withNamesOf(schema: StructType, held: StructType): StructType {
  const known = new Map(held.fields.map((field) => [field.name, field]));
  return {
    type: 'struct',
    fields: schema.fields.map((field): StructField => {
      const own = known.get(field.name);
      if (own === undefined) return field;
      const { [columnIdKey]: id, [physicalNameKey]: name } = own.metadata;
      const metadata = { ...field.metadata, [columnIdKey]: id, [physicalNameKey]: name };
      return { ...field, metadata, type: typeWithNamesOf(field.type, own.type) };
    }),
  };
}

function typeWithNamesOf(type: DataType, held: DataType): DataType {
  if (typeof type === 'string' || typeof held === 'string') return type;
  if (type.type === 'struct' && held.type === 'struct') return withNamesOf(type, held);
  if (type.type === 'array' && held.type === 'array') {
    return { ...type, elementType: typeWithNamesOf(type.elementType, held.elementType) };
  }
  if (type.type === 'map' && held.type === 'map') {
    const keyType = typeWithNamesOf(type.keyType, held.keyType);
    return { ...type, keyType, valueType: typeWithNamesOf(type.valueType, held.valueType) };
  }
  return type;
}
