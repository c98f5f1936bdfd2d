import type { TableHandle } from '../ingest/connections.ts';
import type { MaintainTableRequest, MaintainedTable } from '../model/requests/maintenance-requests.ts';
import { cleanUpTable, type CheckpointTable } from './clean-up-table.ts';
import { optimizeTable } from './optimize-table.ts';
import type { RewriteFiles } from './rewrite-request.ts';
import { vacuumTable } from './vacuum-table.ts';

export interface MaintenanceMeans {
  readonly rewrite: RewriteFiles;
  readonly checkpoint: CheckpointTable;
  readonly signal: AbortSignal;
}

/** A task as the job asks for it. A table that does not exist yet needs none. */
export async function maintainTable(
  table: TableHandle,
  { spec, task, holds }: MaintainTableRequest,
  { rewrite, checkpoint: writeCheckpoint, signal }: MaintenanceMeans,
): Promise<MaintainedTable> {
  const { root } = table.store;
  if (!(await table.refresh())) return { table: root, kind: 'absent' };
  const { optimize, vacuum } = spec.maintenance ?? {};
  switch (task) {
    case 'optimize': {
      const { targetFileSizeBytes } = spec.table;
      const clustering = holds === 'rows' ? optimize?.clustering : undefined;
      const outcome = await optimizeTable({ table, rewrite, signal, targetFileSizeBytes, clustering });
      const { removedFiles, addedFiles, addedBytes, lostBins } = outcome;
      return { table: root, kind: 'optimized', removedFiles, addedFiles, addedBytes, lostBins };
    }
    case 'vacuum': {
      const retentionMs = vacuum?.retentionMs;
      const { deletedFiles, deletedBytes } = await vacuumTable({
        table,
        signal,
        retentionMs,
        // Written into the job by somebody who means it.
        belowTableRetention: retentionMs !== undefined,
      });
      return { table: root, kind: 'vacuumed', deletedFiles, deletedBytes };
    }
    case 'cleanup': {
      const { checkpoint, log } = await cleanUpTable({ table, signal }, writeCheckpoint);
      const written = checkpoint === undefined ? {} : { checkpoint };
      if (log.kind === 'disabled') return { table: root, kind: 'logKept', ...written };
      const { deletedFiles, deletedBytes, firstVersion } = log;
      const begins = firstVersion === undefined ? {} : { firstVersion };
      return { table: root, kind: 'cleanedUp', deletedFiles, deletedBytes, ...begins, ...written };
    }
  }
}
