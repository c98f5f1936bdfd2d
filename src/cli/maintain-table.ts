import { defaultEngineMemoryBytes } from '../engine/engine-memory.ts';
import { Connections, type TableHandle } from '../ingest/connections.ts';
import { createTransformPool } from '../ingest/transform-pool.ts';
import { BronzeError } from '../errors.ts';
import { readParquetRows } from '../lake/table/table-log.ts';
import type { WrittenCheckpoint } from '../delta/checkpoint/write-checkpoint.ts';
import { cleanUpTable, type CheckpointTable, type CleanedTable } from '../maintain/clean-up-table.ts';
import { optimizeTable, planOptimize, type OptimizeOutcome } from '../maintain/optimize-table.ts';
import { createRewritePool } from '../maintain/rewrite-pool.ts';
import { vacuumTable, type VacuumOutcome } from '../maintain/vacuum-table.ts';
import type { Clustering } from '../model/job/maintenance.ts';
import { interruptSignal } from './interrupt.ts';
import { progressBar } from './output/progress-bar.ts';
import { formatCount } from './output/units.ts';

export interface OptimizeChoices {
  readonly targetFileSize: number;
  readonly sortBy?: readonly string[];
  readonly zOrderBy?: readonly string[];
  readonly dryRun?: boolean;
}

/** With a bar on a terminal. A dry run says what would leave the table; how small it becomes is not known before. */
export async function optimizeByName(root: string, choices: OptimizeChoices): Promise<OptimizeOutcome> {
  const table = tableAt(root);
  const options = { targetFileSizeBytes: choices.targetFileSize, clustering: clusteringOf(choices) };
  if (choices.dryRun === true) {
    const bins = await planOptimize(table, options);
    return {
      bins: bins.length,
      removedFiles: bins.reduce((sum, { files }) => sum + files.length, 0),
      removedBytes: bins.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      addedFiles: 0,
      addedBytes: 0,
      lostBins: 0,
      version: undefined,
    };
  }
  const pool = createRewritePool({ memoryBytes: defaultEngineMemoryBytes });
  const bar = progressBar();
  try {
    return await optimizeTable({
      ...options,
      table,
      rewrite: pool.rewrite,
      signal: interruptSignal(),
      onProgress: (done, of) => {
        if (of > 0) bar.show(done / of, () => `${formatCount(done)} of ${formatCount(of)} groups of files`);
      },
    });
  } finally {
    bar.clear();
    await pool.close();
  }
}

export interface VacuumChoices {
  readonly retention?: number;
  readonly belowTableRetention?: boolean;
  readonly dryRun?: boolean;
}

export async function vacuumByName(root: string, choices: VacuumChoices): Promise<VacuumOutcome> {
  const { retention, belowTableRetention = false, dryRun = false } = choices;
  return vacuumTable({
    table: tableAt(root),
    retentionMs: retention,
    belowTableRetention,
    dryRun,
    signal: interruptSignal(),
  });
}

/** Writes a checkpoint of the newest version, whether one is due or not; `undefined` where that version has one. */
export function checkpointByName(root: string): Promise<WrittenCheckpoint | undefined> {
  return withCheckpoints((write) => write(root, interruptSignal()));
}

export function cleanUpByName(root: string, { dryRun = false }: { readonly dryRun?: boolean }): Promise<CleanedTable> {
  const request = { table: tableAt(root), dryRun, signal: interruptSignal() };
  return withCheckpoints((write) => cleanUpTable(request, write));
}

async function withCheckpoints<Result>(work: (write: CheckpointTable) => Promise<Result>): Promise<Result> {
  const pool = createTransformPool({ size: 1, memoryBytes: defaultEngineMemoryBytes });
  try {
    return await work((root, signal) => pool.checkpoint(root, signal));
  } finally {
    await pool.close();
  }
}

function tableAt(root: string): TableHandle {
  return new Connections({ env: process.env, readParquetRows }).table(root);
}

function clusteringOf({ sortBy, zOrderBy }: OptimizeChoices): Clustering | undefined {
  if (sortBy && zOrderBy) throw new BronzeError('USAGE', 'rows have one order: --sort-by or --z-order-by');
  if (sortBy) return { kind: 'sort', columns: sortBy };
  return zOrderBy && { kind: 'zOrder', columns: zOrderBy };
}
