import { existsSync } from 'node:fs';
import type { AddAction } from '../../delta/actions.ts';
import { columnMappingMode } from '../../delta/schema/column-mapping.ts';
import { versionAtTimestamp } from '../../delta/log/version-at-timestamp.ts';
import type { TableState } from '../../delta/table-state.ts';
import { BronzeError, errorMessage } from '../../errors.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { didYouMean } from '../../model/nearest-name.ts';
import { isS3Url } from '../../storage/s3-location.ts';
import { openObjectStore } from '../../storage/open-object-store.ts';
import { findTables, isTable, type FoundTable } from '../lake-root.ts';
import type { LakeSession } from '../lake-session.ts';
import { dataFileOf, type FileOfTable } from './data-file.ts';
import { filesOf, loadState, readParquetRows } from './table-log.ts';
import { createTableView } from './table-view.ts';

/** A table at one version. */
export interface LakeTable {
  readonly name: string;
  readonly root: string;
  readonly store: ObjectStore;
  readonly state: TableState;
}

/** Which version of a table: the newest one by default. */
export type TableVersion =
  | { readonly kind: 'version'; readonly version: number }
  /** The newest version that is not younger. */
  | { readonly kind: 'timestamp'; readonly timestampMs: number };

/**
 * The table that a person means: by its name in the lake, or by its path.
 * @throws BronzeError `TABLE_NOT_FOUND`, listing the tables there are.
 */
export async function findTable(nameOrPath: string, lake: string): Promise<FoundTable> {
  const tables = await findTables(lake);
  const named =
    tables.find(({ name }) => name === nameOrPath) ??
    tables.find(({ name }) => name.toLowerCase() === nameOrPath.toLowerCase());
  if (named) return named;
  if (await isTable(nameOrPath)) return { name: nameOrPath, root: openObjectStore(nameOrPath).root };
  throw new BronzeError('TABLE_NOT_FOUND', `no table ${nameOrPath}${guessTable(nameOrPath, lake, tables)}`);
}

/** Which table was meant, and what the lake holds: the end of a message about a table that is not there. */
export function guessTable(name: string, lake: string, tables: readonly FoundTable[]): string {
  const names = tables.map((table) => table.name);
  return `${didYouMean(name, names)} (${describeLake(lake, tables)})`;
}

function describeLake(lake: string, tables: readonly FoundTable[]): string {
  if (tables.length > 0) return `the lake ${lake} holds ${tables.map(({ name }) => name).join(', ')}`;
  return isS3Url(lake) || existsSync(lake)
    ? `the lake ${lake} holds no table yet`
    : `there is no lake at ${lake}: set LAKE_PATH, or give --lake`;
}

/** @throws BronzeError `TABLE_NOT_FOUND` where there is no table, or not that version. */
export async function openTable(table: FoundTable, at?: TableVersion): Promise<LakeTable> {
  const store = openObjectStore(table.root);
  const version =
    at?.kind === 'timestamp' ? await versionAtTimestamp(store, at.timestampMs, readParquetRows) : at?.version;
  const state = await loadState(store, version === undefined ? {} : { version });
  if (!state) throw new BronzeError('TABLE_NOT_FOUND', `there is no Delta table at ${table.root}`);
  return { ...table, store, state };
}

/** The table at a root, or `undefined` where nothing was written yet. */
export async function openTableIfExists(root: string): Promise<LakeTable | undefined> {
  const store = openObjectStore(root);
  const state = await loadState(store);
  return state ? { name: root, root, store, state } : undefined;
}

/** Makes `viewName` the SQL view of the table at its version. */
export async function viewTable(session: LakeSession, viewName: string, table: LakeTable): Promise<void> {
  const files: AddAction[] = [];
  for await (const add of filesOf(table.store, table.state)) files.push(add);
  await viewFiles(session, viewName, table, files);
}

/** Makes `viewName` the SQL view of some of the table's files. */
export async function viewFiles(
  session: LakeSession,
  viewName: string,
  { store, state }: Pick<LakeTable, 'store' | 'state'>,
  files: readonly FileOfTable[],
): Promise<void> {
  const columnMapping = columnMappingMode(state.metaData);
  try {
    await createTableView(session.connection, viewName, {
      schema: state.schema,
      partitionColumns: state.partitionColumns,
      columnMapping,
      files: await Promise.all(files.map((file) => dataFileOf(session, store, file, columnMapping))),
    });
  } catch (cause) {
    if (cause instanceof BronzeError) throw cause;
    throw new BronzeError('TABLE_CORRUPT', `${store.root} cannot be read: ${errorMessage(cause)}`, { cause });
  }
}
