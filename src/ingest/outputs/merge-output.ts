import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { NewState } from '../../aggregate/compiled-output.ts';
import type { AddAction, RemoveAction } from '../../delta/actions.ts';
import { loadTableState } from '../../delta/load-table-state.ts';
import type { TableState } from '../../delta/table-state.ts';
import { EngineSession } from '../../engine/session.ts';
import { BronzeError } from '../../errors.ts';
import type { BatchPlan } from '../../model/batch/batch.ts';
import { pathForTopic, type JobSpec } from '../../model/job/job-spec.ts';
import type { StructType } from '../../model/table/table-schema.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { openObjectStore } from '../../storage/open-object-store.ts';
import { AbsentObject, checkpointReader, readableFiles, type ReadableFiles } from '../files/readable-files.ts';
import { replaceRows } from '../replace-rows/replace-rows.ts';
import { stagedPath } from '../commit/staged-files.ts';
import { outputNamed } from './compile-output.ts';
import type { OutputHead } from './output-head.ts';
import { fitOutput } from './fit-output.ts';

/** Readers pass over it, and so does VACUUM. */
export const stateFolder = '_state/';

/** Everything that the result depends on, as it crosses a process border. */
export interface MergeOutputInput {
  /** The job as the batch was transformed by it. */
  readonly spec: JobSpec;
  readonly output: string;
  readonly batch: Pick<BatchPlan, 'job' | 'topic' | 'epoch' | 'batch' | 'plannedAtMs'>;
  /** The version of the output's table that the result is for. */
  readonly version: number;
  readonly head: OutputHead;
  /** Parts of the batch, in the table's store. */
  readonly parts: readonly string[];
  readonly closedThroughAfterUs?: string;
  /** The attempt's own folder: made, and removed at the end. */
  readonly scratchFolder: string;
  readonly memoryBytes: number;
}

/** Files that are durable and that no commit names yet, and what the commit says. */
export interface MergedOutput {
  readonly adds: readonly AddAction[];
  readonly removes: readonly RemoveAction[];
  readonly rows: number;
  readonly removedRows: number;
  readonly writtenBytes: number;
  readonly stateFiles: OutputHead['stateFiles'];
  readonly retired: readonly string[];
  readonly open: number;
  /** Whoever gives the commit up may delete these. */
  readonly writtenPaths: readonly string[];
}

/** `mergeOutput` in an engine process. */
export type MergeInEngine = (
  input: Omit<MergeOutputInput, 'scratchFolder' | 'memoryBytes'>,
  signal: AbortSignal,
) => Promise<MergedOutput>;

const mebibyte = 1024 * 1024;

/**
 * Makes rows and state of a batch's parts and the state that the batch before left. No SQL of the user's runs here.
 * @throws BronzeError TABLE_CORRUPT where state is gone, STAGED_FILE_MISSING where a part is, TABLE_SCHEMA_MISMATCH.
 */
export async function mergeOutput(input: MergeOutputInput): Promise<MergedOutput> {
  const { spec, head, batch } = input;
  const { output, compiled } = outputNamed(spec, input.output);
  const store = openObjectStore(pathForTopic(output.path, batch.topic));
  await using session = await EngineSession.open({
    folder: input.scratchFolder,
    memoryLimitBytes: Math.max(128 * mebibyte, Math.floor(input.memoryBytes * 0.6)),
    readsFrom: [store.root],
  });
  const held = await loadTableState(store, { version: input.version, readParquetRows: checkpointReader(session) });
  if (!held) throw new BronzeError('TABLE_NOT_FOUND', `${store.root}: the table has gone`);
  // The commit of these rows gives the table the columns that it lacks.
  const state = { ...held, schema: schemaAfter(held, compiled.schema, store.root) };
  await using parts = await readFiles(session, store, input.parts, 'STAGED_FILE_MISSING');
  const statePaths = head.stateFiles.map(({ path }) => path);
  await using earlier = await readFiles(session, store, statePaths, 'TABLE_CORRUPT');
  const newStateFile = join(session.outputFolder, 'state.parquet');
  const merging = compiled.merge(session, {
    partFiles: parts.paths,
    stateFiles: head.stateFiles.map(({ rows, generation, closedAtUs }, index) => ({
      ...{ path: earlier.paths[index] ?? '', rows, generation },
      ...(closedAtUs === undefined ? {} : { closedAtUs: BigInt(closedAtUs) }),
    })),
    closedThroughUs: {
      ...(head.closedThroughUs === undefined ? {} : { before: BigInt(head.closedThroughUs) }),
      ...(input.closedThroughAfterUs === undefined ? {} : { after: BigInt(input.closedThroughAfterUs) }),
    },
    newStateFile,
    openBefore: head.open,
  });
  const merged = await merging.catch((error: unknown) => throwUnlessGone(store, input.parts, error));
  const { adds, removes, newRows, goneRows, writtenBytes, writtenPaths } = await replaceRows(session, {
    store,
    state,
    keyColumns: compiled.keyColumns,
    goneRelation: merged.goneKeys?.relation ?? (await emptyRelation(session)),
    newRowsRelation: merged.rows.relation,
    target: {
      folder: new Date(batch.plannedAtMs).toISOString().slice(0, 10),
      targetFileSizeBytes: output.targetFileSizeBytes,
    },
  });
  const newState = await putState(store, batch, newStateFile, merged.state);
  const superseded = new Set(merged.state.superseded.map((path) => head.stateFiles[earlier.paths.indexOf(path)]?.path));
  return {
    ...{ adds, removes, rows: newRows, removedRows: goneRows, writtenBytes },
    stateFiles: [...head.stateFiles.filter(({ path }) => !superseded.has(path)), ...newState],
    retired: head.stateFiles.flatMap(({ path }) => (superseded.has(path) ? [path] : [])),
    open: merged.open,
    writtenPaths: [...writtenPaths, ...newState.map(({ path }) => path)],
  };
}

/** With the names that added columns will have in files. */
function schemaAfter(held: TableState, made: StructType, root: string): StructType {
  const fit = fitOutput(held, made);
  if (fit.kind === 'mismatch') throw new BronzeError('TABLE_SCHEMA_MISMATCH', `${root}: ${fit.problems.join('; ')}`);
  return fit.kind === 'evolves' ? fit.schema : held.schema;
}

async function readFiles(
  session: EngineSession,
  store: ObjectStore,
  paths: readonly string[],
  whenAbsent: 'STAGED_FILE_MISSING' | 'TABLE_CORRUPT',
): Promise<ReadableFiles> {
  try {
    return await readableFiles(session, store, paths);
  } catch (error) {
    if (!(error instanceof AbsentObject)) throw error;
    throw new BronzeError(whenAbsent, `${store.root}: ${error.path} is not there`);
  }
}

/** Another attempt that has committed meanwhile takes the parts away from under whoever reads them. */
async function throwUnlessGone(store: ObjectStore, paths: readonly string[], error: unknown): Promise<never> {
  for (const path of paths) {
    if ((await store.head(path)) === undefined) {
      throw new BronzeError('STAGED_FILE_MISSING', `${store.root}: ${path} is not there`, { cause: error });
    }
  }
  throw error;
}

/** Rows that are only appended take none out. */
async function emptyRelation(session: EngineSession): Promise<string> {
  const name = 'merge_nothing_gone';
  await session.run(`CREATE OR REPLACE TEMP VIEW ${name} AS SELECT 1 WHERE false`, 'append rows');
  return name;
}

async function putState(
  store: ObjectStore,
  batch: MergeOutputInput['batch'],
  file: string,
  { added }: NewState,
): Promise<OutputHead['stateFiles']> {
  if (added === undefined) return [];
  const path = stagedPath(stateFolder, batch, 'parquet');
  const { size: sizeBytes } = await stat(file);
  await store.putFile(path, file);
  const { rows, generation, closedAtUs } = added;
  return [
    { path, rows, sizeBytes, generation, ...(closedAtUs === undefined ? {} : { closedAtUs: String(closedAtUs) }) },
  ];
}
