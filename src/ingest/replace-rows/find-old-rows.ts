import type { AddAction } from '../../delta/actions.ts';
import { activeFiles } from '../../delta/log/active-files.ts';
import { columnMappingMode } from '../../delta/schema/column-mapping.ts';
import type { EngineSession } from '../../engine/session.ts';
import { BronzeError } from '../../errors.ts';
import { dataFileOf } from '../../lake/table/data-file.ts';
import type { RemoteFiles } from '../../lake/remote/remote-files.ts';
import { createTableView, fileNameOf, positionColumns, type DataFile } from '../../lake/table/table-view.ts';
import { quoteIdentifier } from '../../model/pipeline/sql-text.ts';
import type { StructField } from '../../model/table/table-schema.ts';
import { checkpointReader } from '../files/readable-files.ts';
import { GoneKeys } from './gone-keys.ts';
import type { ReplaceRequest } from './replace-request.ts';

/** A file of the table that holds rows which leave. */
export interface AffectedFile {
  readonly add: AddAction;
  readonly file: DataFile;
  /** Indexes in the file, ascending; none of them is deleted yet. */
  readonly goneRows: readonly bigint[];
}

const keysView = 'replace_keys';
const goneView = 'replace_gone';
const foundTable = 'replace_found';

/** Reads only key columns, of the files that may hold one of the keys. */
export async function findOldRows(
  session: EngineSession,
  files: RemoteFiles,
  request: ReplaceRequest,
): Promise<readonly AffectedFile[]> {
  const { store, state, keyColumns } = request;
  if (keyColumns.length === 0) return [];
  const columnMapping = columnMappingMode(state.metaData);
  const fields = keyColumns.map((name) => keyField(request, name));
  await viewGoneKeys(session, request, fields);
  const keys = await GoneKeys.of(session, goneView, fields, { schema: state.schema, columnMapping });
  if (!keys) return [];
  const candidates = new Map<string, { readonly add: AddAction; readonly file: DataFile }>();
  const options = { readParquetRows: checkpointReader(session), deletionVectors: 'return' } as const;
  for await (const add of activeFiles(store, state, options)) {
    if (!keys.mayBeIn(add)) continue;
    const file = await dataFileOf({ files }, store, add, columnMapping);
    candidates.set(fileNameOf(file), { add, file });
  }
  await createTableView(session.connection, keysView, {
    schema: { type: 'struct', fields },
    partitionColumns: state.partitionColumns.filter((name) => keyColumns.includes(name)),
    columnMapping,
    files: [...candidates.values()].map(({ file }) => file),
    withPositions: true,
  });
  const { file, row } = positionColumns;
  const search =
    `CREATE OR REPLACE TEMP TABLE ${foundTable} AS SELECT k.${file}, k.${row} FROM ${keysView} k ` +
    `SEMI JOIN ${goneView} g ON ${keys.joinSql}`;
  await files.bringFor(search);
  await session.run(search, 'look for rows to replace');
  const affected: AffectedFile[] = [];
  for (const [name, goneRows] of await foundRows(session)) {
    const candidate = candidates.get(name);
    if (!candidate) throw new BronzeError('INTERNAL', `the engine read ${name}, which it was not asked to read`);
    affected.push({ ...candidate, goneRows });
  }
  return affected;
}

/** Makes `goneView` of the keys, as the table has them: an empty text that it is partitioned by is null there. */
async function viewGoneKeys(
  session: EngineSession,
  { state: { partitionColumns }, goneRelation }: ReplaceRequest,
  fields: readonly StructField[],
): Promise<void> {
  const columns = fields.map(({ name, type }) => {
    const column = quoteIdentifier(name);
    return type === 'string' && partitionColumns.includes(name) ? `nullif(${column}, '') AS ${column}` : column;
  });
  const select = `SELECT ${columns.join(', ')} FROM ${quoteIdentifier(goneRelation)}`;
  await session.run(`CREATE OR REPLACE TEMP VIEW ${goneView} AS ${select}`, 'look at the keys');
}

async function foundRows(session: EngineSession): Promise<ReadonlyMap<string, readonly bigint[]>> {
  const { file, row } = positionColumns;
  const found = new Map<string, bigint[]>();
  const sql = `SELECT ${file}, ${row} FROM ${foundTable} ORDER BY ALL`;
  for await (const [names = [], rows = []] of session.columns(sql, 'list rows to replace')) {
    for (const [index, name] of names.entries()) {
      const known = found.get(String(name));
      const position = rows[index];
      if (typeof position !== 'bigint') throw new BronzeError('INTERNAL', 'the engine gave a row without a position');
      if (known) known.push(position);
      else found.set(String(name), [position]);
    }
  }
  return found;
}

function keyField({ state, store }: ReplaceRequest, name: string): StructField {
  const found = state.schema.fields.find((field) => field.name === name);
  if (found) return found;
  throw new BronzeError('TABLE_SCHEMA_MISMATCH', `${store.root} has no column ${name}, which rows are replaced by`);
}
