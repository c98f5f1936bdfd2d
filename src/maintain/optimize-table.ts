import { removeOf, type Action, type AddAction } from '../delta/actions.ts';
import { columnMappingMode } from '../delta/schema/column-mapping.ts';
import { dataFilePath } from '../delta/data-file-path.ts';
import { indexedColumnsOf } from '../delta/schema/indexed-columns.ts';
import { recordCount } from '../delta/record-count.ts';
import { assertWritable } from '../delta/table-features.ts';
import type { TableState } from '../delta/table-state.ts';
import { BronzeError } from '../errors.ts';
import type { TableHandle } from '../ingest/connections.ts';
import { addActionsOf } from '../ingest/commit/staged-adds.ts';
import type { StagedFile } from '../model/batch/staged-file.ts';
import { clusteringTag, clusteringText, planBins, type BinOptions, type FileBin } from './plan-bins.ts';
import type { RewriteFiles } from './rewrite-request.ts';

export interface OptimizeRequest extends BinOptions {
  readonly table: TableHandle;
  readonly rewrite: RewriteFiles;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, of: number) => void;
}

/** What optimising came to, or would come to. */
export interface OptimizeOutcome {
  readonly bins: number;
  readonly removedFiles: number;
  readonly addedFiles: number;
  readonly removedBytes: number;
  readonly addedBytes: number;
  /** Bins that were given up, because another writer took one of their files, or changed the table. */
  readonly lostBins: number;
  /** The last version that was committed. */
  readonly version: number | undefined;
}

/** What would be rewritten now. */
export async function planOptimize(table: TableHandle, options: BinOptions): Promise<readonly FileBin[]> {
  const state = await stateOf(table);
  return binsOf(table, state, options);
}

/**
 * Joins small files of a table, one commit per bin, each without a change of data. It holds up nobody: whoever appends
 * at the same time does not conflict with it, and where another writer removes or rewrites the same files, that writer
 * wins and the bin is given up.
 * @throws BronzeError TABLE_NOT_FOUND, TABLE_FEATURE_UNSUPPORTED, COMMIT_STATE_UNKNOWN, what reading and storing throw.
 */
export async function optimizeTable(request: OptimizeRequest): Promise<OptimizeOutcome> {
  const { table, signal, onProgress } = request;
  const base = await stateOf(table);
  const bins = await binsOf(table, base, request);
  let outcome: OptimizeOutcome = {
    bins: bins.length,
    removedFiles: 0,
    addedFiles: 0,
    removedBytes: 0,
    addedBytes: 0,
    lostBins: 0,
    version: undefined,
  };
  for (const [index, bin] of bins.entries()) {
    signal.throwIfAborted();
    onProgress?.(index, bins.length);
    // Nothing that was planned for another schema can be committed: it is not written in vain.
    if (!(await hasSameMetaData(table, base))) {
      return { ...outcome, lostBins: outcome.lostBins + bins.length - index };
    }
    const staged = await rewriteBin(request, base, bin);
    assertSameRows(table.store.root, bin, staged);
    const version = await commitBin(request, base, bin, staged);
    if (version === 'lost') outcome = { ...outcome, lostBins: outcome.lostBins + 1 };
    else outcome = { ...withBin(outcome, bin, staged), version };
  }
  onProgress?.(bins.length, bins.length);
  return outcome;
}

async function stateOf(table: TableHandle): Promise<TableState> {
  const state = await table.refresh();
  if (!state) throw new BronzeError('TABLE_NOT_FOUND', `there is no Delta table at ${table.store.root}`);
  assertWritable(state, table.store.root);
  return state;
}

async function binsOf(table: TableHandle, state: TableState, options: BinOptions): Promise<readonly FileBin[]> {
  const unknown = options.clustering?.columns.find(
    (name) => state.partitionColumns.includes(name) || state.schema.fields.every((field) => field.name !== name),
  );
  if (unknown !== undefined) {
    throw new BronzeError('USAGE', `${table.store.root}: rows cannot be ordered by ${unknown}: no such data column`);
  }
  const files: AddAction[] = [];
  for await (const file of table.files(state, { deletionVectors: 'return' })) files.push(file);
  return planBins(files, options);
}

async function rewriteBin(
  { table, rewrite, signal, targetFileSizeBytes, clustering }: OptimizeRequest,
  state: TableState,
  { files, sizeBytes }: FileBin,
): Promise<readonly StagedFile[]> {
  const { root } = table.store;
  return rewrite(
    {
      tableRoot: root,
      schema: state.schema,
      partitionColumns: state.partitionColumns,
      files: files.map(({ path, deletionVector }) => ({
        path: dataFilePath(path, root),
        ...(deletionVector === undefined ? {} : { deletionVector }),
      })),
      partitionValues: files[0]?.partitionValues ?? {},
      sizeBytes,
      targetFileSizeBytes,
      columnMapping: columnMappingMode(state.metaData),
      indexedColumns: indexedColumnsOf(state, root),
      clustering,
    },
    signal,
  );
}

async function hasSameMetaData(table: TableHandle, { metaData }: TableState): Promise<boolean> {
  return JSON.stringify((await table.refresh())?.metaData) === JSON.stringify(metaData);
}

/** What is committed as no change of data must not be one, whatever went wrong in the engine. */
function assertSameRows(root: string, { files }: FileBin, staged: readonly StagedFile[]): void {
  const counts = files.map(recordCount);
  if (counts.includes(undefined)) return;
  const before = counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  const after = staged.reduce((sum, file) => sum + file.recordCount, 0);
  if (before === after) return;
  throw new BronzeError('INTERNAL', `${root}: files of ${String(before)} rows were rewritten as ${String(after)} rows`);
}

/** Always on the state that the bins were planned for: what happened since then is what a conflict is told by. */
async function commitBin(
  { table, clustering }: OptimizeRequest,
  base: TableState,
  { files, sizeBytes }: FileBin,
  staged: readonly StagedFile[],
): Promise<number | 'lost'> {
  const now = Date.now();
  // The rows are as old as they were: `tail` and whoever else looks for new files goes by this.
  const newest = Math.max(...files.map(({ modificationTime }) => modificationTime));
  const tags = clustering ? { tags: { [clusteringTag]: clusteringText(clustering) } } : {};
  const actions: readonly Action[] = [
    ...files.map((file) => ({ remove: removeOf(file, now, false) })),
    ...addActionsOf(staged, newest).map(({ add }) => ({ add: { ...add, dataChange: false, ...tags } })),
  ];
  try {
    const outcome = await table.commit({
      base,
      check: () => undefined,
      actions: () => actions,
      commitInfo: {
        operation: 'OPTIMIZE',
        operationParameters: {
          predicate: '[]',
          zOrderBy: JSON.stringify(clustering?.kind === 'zOrder' ? clustering.columns : []),
          ...(clustering?.kind === 'sort' ? { sortBy: JSON.stringify(clustering.columns) } : {}),
        },
        operationMetrics: {
          numRemovedFiles: String(files.length),
          numAddedFiles: String(staged.length),
          numRemovedBytes: String(sizeBytes),
          numAddedBytes: String(bytesOf(staged)),
        },
      },
    });
    if (outcome.kind === 'committed') return outcome.version;
  } catch (error) {
    if (!(error instanceof BronzeError) || error.code !== 'TABLE_CHANGED') throw error;
  }
  // Nothing was written to the log, so nobody can know of these files.
  for (const { path } of staged) await table.store.delete(path);
  return 'lost';
}

function withBin(outcome: OptimizeOutcome, bin: FileBin, staged: readonly StagedFile[]): OptimizeOutcome {
  return {
    ...outcome,
    removedFiles: outcome.removedFiles + bin.files.length,
    addedFiles: outcome.addedFiles + staged.length,
    removedBytes: outcome.removedBytes + bin.sizeBytes,
    addedBytes: outcome.addedBytes + bytesOf(staged),
  };
}

function bytesOf(files: readonly StagedFile[]): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
