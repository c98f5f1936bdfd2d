import { columnMappingMode } from '../../delta/schema/column-mapping.ts';
import { indexedColumnsOf } from '../../delta/schema/indexed-columns.ts';
import type { EngineSession } from '../../engine/session.ts';
import { countOf } from '../../engine/session.ts';
import type { RemoteFiles } from '../../lake/remote/remote-files.ts';
import { duckType, quoteIdentifier } from '../../model/pipeline/sql-text.ts';
import type { StagedFile } from '../../model/batch/staged-file.ts';
import type { DataType } from '../../model/table/table-schema.ts';
import { writeFiles } from '../../parquet/write-files.ts';
import type { ReplaceRequest } from './replace-request.ts';

export const newRowsView = 'replace_new_rows';

/**
 * Makes `newRowsView` of the rows that enter, with the table's columns and types; returns how many there are. Columns that
 * the table got from elsewhere are null.
 */
export async function viewNewRows(session: EngineSession, { state, newRowsRelation }: ReplaceRequest): Promise<number> {
  const made = new Set<string>();
  const described = `SELECT column_name FROM (DESCRIBE ${quoteIdentifier(newRowsRelation)})`;
  for (const [name] of await session.rows(described, 'prepare new rows')) made.add(String(name).toLowerCase());
  const columns = state.schema.fields.map(({ name, type }) => {
    const value = made.has(name.toLowerCase()) ? quoteIdentifier(name) : 'NULL';
    return `CAST(${value} AS ${duckType(type)}) AS ${quoteIdentifier(name)}`;
  });
  const select = `SELECT ${columns.join(', ')} FROM ${quoteIdentifier(newRowsRelation)}`;
  await session.run(`CREATE OR REPLACE TEMP VIEW ${newRowsView} AS ${select}`, 'prepare new rows');
  const [[count] = []] = await session.rows(`SELECT count(*) FROM ${newRowsView}`, 'count new rows');
  return countOf(count);
}

/** Writes a relation as files of the table; `sizeBytes` is about what its rows take. */
export function writeRows(
  session: EngineSession,
  files: RemoteFiles,
  { store, state, target }: ReplaceRequest,
  source: { readonly table: string; readonly sizeBytes: number },
): Promise<StagedFile[]> {
  const reading = {
    outputFolder: session.outputFolder,
    rows: async (sql: string, doing: string) => {
      await files.bringFor(sql);
      return session.rows(sql, doing);
    },
  };
  return writeFiles(reading, source, {
    store,
    schema: state.schema,
    partitionColumns: state.partitionColumns,
    folder: target.folder,
    targetFileSizeBytes: target.targetFileSizeBytes,
    columnMapping: columnMappingMode(state.metaData),
    indexedColumns: indexedColumnsOf(state, store.root),
  });
}

/** What rows take that nobody has written yet: rather too much, which makes row groups smaller. */
export function estimatedBytes({ state }: Pick<ReplaceRequest, 'state'>, rowCount: number): number {
  return rowCount * leafCount(state.schema) * bytesPerValue;
}

const bytesPerValue = 16;

function leafCount(type: DataType): number {
  if (typeof type === 'string') return 1;
  switch (type.type) {
    case 'struct':
      return type.fields.reduce((sum, { type: inner }) => sum + leafCount(inner), 0);
    case 'array':
      return leafCount(type.elementType) * 4;
    case 'map':
      return (1 + leafCount(type.valueType)) * 4;
  }
}
