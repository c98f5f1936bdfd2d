import { basename } from 'node:path';
import { BronzeError } from '../../errors.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { Action, AddAction, RemoveAction, SidecarAction } from '../actions.ts';
import { parseActionLine, parseCommit } from '../log/commit-entry.ts';
import type { ListedCheckpoint } from '../log/listed-checkpoint.ts';
import { sidecarPath } from '../log/log-path.ts';
import { fileActionTypes, sidecarType, tableActionTypes } from './checkpoint-columns.ts';
import { actionLinesSql, checkpointSource, hasStatsParsedSql, statsParsedTypeSql } from './checkpoint-sql.ts';
import { checkpointFailure } from './unreadable-checkpoint.ts';

/**
 * Runs a SELECT of DuckDB's over Parquet files of a store, and gives the one column, which is text, row by row in
 * bounded memory. Injected, because DuckDB lives with the engine.
 */
export type ReadParquetRows = (query: ParquetQuery) => AsyncIterable<string>;

export interface ParquetQuery {
  readonly store: ObjectStore;
  readonly paths: readonly string[];
  /** @param files the files, as a list in SQL */
  readonly select: (files: string) => string;
}

export interface CheckpointSource {
  readonly store: ObjectStore;
  readonly checkpoint: ListedCheckpoint;
  readonly readParquetRows: ReadParquetRows;
}

/**
 * Protocol, metaData, transaction identifiers and domains: cheap however many files the table has. Throws
 * `UnreadableCheckpoint`, as all that is read of a checkpoint does.
 */
export function readTableActions(source: CheckpointSource): AsyncIterable<Action> {
  return guarded(source, tableActions(source));
}

async function* tableActions(source: CheckpointSource): AsyncIterable<Action> {
  if (source.checkpoint.format === 'parquet') {
    yield* parquetActions(source, source.checkpoint.paths, (files) => actionLinesSql(files, tableActionTypes));
    return;
  }
  for (const action of await jsonActions(source)) {
    if (!('add' in action || 'remove' in action || 'sidecar' in action)) yield action;
  }
}

/** The adds of the table at the checkpoint, those of sidecars included (PROTOCOL.md, V2 Spec). */
export async function* readAdds(source: CheckpointSource): AsyncIterable<{ readonly add: AddAction }> {
  for await (const action of guarded(source, fileActions(source, 'add'))) if ('add' in action) yield action;
}

/** The removes that have not expired at the checkpoint (PROTOCOL.md, Action Reconciliation, tombstones). */
export async function* readRemoves(source: CheckpointSource): AsyncIterable<{ readonly remove: RemoveAction }> {
  for await (const action of guarded(source, fileActions(source, 'remove'))) if ('remove' in action) yield action;
}

async function* guarded(source: CheckpointSource, actions: AsyncIterable<Action>): AsyncIterable<Action> {
  try {
    yield* actions;
  } catch (error) {
    throw checkpointFailure(source.checkpoint, error);
  }
}

async function* fileActions(source: CheckpointSource, kind: keyof typeof fileActionTypes): AsyncIterable<Action> {
  const sidecars: SidecarAction[] = [];
  const columns = { [kind]: fileActionTypes[kind] };
  for await (const action of topLevelActions(source, columns)) {
    if ('sidecar' in action) sidecars.push(action.sidecar);
    else yield action;
  }
  if (sidecars.length > 0) yield* parquetFiles(source, sidecars.map(pathOfSidecar), columns);
}

/** The Parquet files that hold a checkpoint's file actions, if they are in Parquet; else the actions themselves. */
export type FileActions =
  | { readonly kind: 'parquet'; readonly paths: readonly string[] }
  | { readonly kind: 'actions'; readonly actions: readonly Action[] };

/** Where the file actions of a checkpoint are. */
export async function locateFileActions(source: CheckpointSource): Promise<FileActions> {
  try {
    return await locateActions(source);
  } catch (error) {
    throw checkpointFailure(source.checkpoint, error);
  }
}

async function locateActions(source: CheckpointSource): Promise<FileActions> {
  const { checkpoint } = source;
  const sidecars: SidecarAction[] = [];
  const actions: Action[] = [];
  const found =
    checkpoint.format === 'json'
      ? await jsonActions(source)
      : parquetActions(source, checkpoint.paths, (files) => actionLinesSql(files, { sidecar: sidecarType }));
  for await (const action of found) {
    if ('sidecar' in action) sidecars.push(action.sidecar);
    else if ('add' in action || 'remove' in action) actions.push(action);
  }
  if (sidecars.length > 0) {
    const paths = sidecars.map(pathOfSidecar);
    await openAll(source, paths, fileActionTypes);
    return { kind: 'parquet', paths };
  }
  return checkpoint.format === 'json' ? { kind: 'actions', actions } : { kind: 'parquet', paths: checkpoint.paths };
}

async function* topLevelActions(source: CheckpointSource, columns: ActionColumns): AsyncIterable<Action> {
  const { format, paths } = source.checkpoint;
  if (format === 'json') yield* await jsonActions(source);
  else yield* parquetFiles(source, paths, { ...columns, sidecar: sidecarType });
}

type ActionColumns = Parameters<typeof actionLinesSql>[1];

async function* parquetFiles(
  source: CheckpointSource,
  paths: readonly string[],
  columns: ActionColumns,
): AsyncIterable<Action> {
  if (paths.length > 1) await openAll(source, paths, columns);
  const statsParsedType = await findStatsParsedType(source, paths);
  yield* parquetActions(source, paths, (files) => actionLinesSql(files, columns, statsParsedType));
}

/** One of several files that cannot be read shows before anything was read of the others. */
async function openAll(source: CheckpointSource, paths: readonly string[], columns: ActionColumns): Promise<void> {
  const countRows = (files: string): string =>
    `SELECT CAST(count(*) AS VARCHAR) FROM ${checkpointSource(files, columns)}`;
  for await (const _count of parquetLines(source, paths, countRows));
}

/** DuckDB's type of `add.stats_parsed` in these files, if they have it. */
async function findStatsParsedType(source: CheckpointSource, paths: readonly string[]): Promise<string | undefined> {
  const first = paths.slice(0, 1);
  for await (const _yes of parquetLines(source, first, hasStatsParsedSql)) {
    for await (const type of parquetLines(source, first, statsParsedTypeSql)) return type;
  }
  return undefined;
}

export async function* parquetActions(
  source: Omit<CheckpointSource, 'checkpoint'>,
  paths: readonly string[],
  select: (files: string) => string,
): AsyncIterable<Action> {
  const place = `${source.store.root}/${paths[0] ?? ''}`;
  for await (const line of parquetLines(source, paths, select)) {
    const action = parseActionLine(line, place);
    if (action) yield action;
  }
}

function parquetLines(
  { store, readParquetRows }: Omit<CheckpointSource, 'checkpoint'>,
  paths: readonly string[],
  select: (files: string) => string,
): AsyncIterable<string> {
  return readParquetRows({ store, paths, select });
}

/** A checkpoint in JSON holds one action per line; with many files they are in sidecars, so this is small. */
export async function jsonActions({ store, checkpoint }: Omit<CheckpointSource, 'readParquetRows'>): Promise<Action[]> {
  const [path = ''] = checkpoint.paths;
  const bytes = await store.get(path);
  const place = `${store.root}/${path}`;
  if (!bytes) throw new BronzeError('TABLE_CORRUPT', `${place} is missing: it vanished while the log was read`);
  return parseCommit(bytes, place);
}

/** A sidecar is named by its file name alone, or by a URI that ends with it. */
export function pathOfSidecar({ path }: SidecarAction): string {
  return sidecarPath(basename(decodeURIComponent(path)));
}
