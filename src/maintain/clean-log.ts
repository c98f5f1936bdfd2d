import { assertWritable } from '../delta/table-features.ts';
import type { TableState } from '../delta/table-state.ts';
import { BronzeError } from '../errors.ts';
import type { TableHandle } from '../ingest/connections.ts';
import { readParquetRows } from '../lake/table/table-log.ts';
import { parseAppId } from '../model/table/app-id.ts';
import { deleteObjects } from './delete-objects.ts';
import { keepNotes } from './keep-notes.ts';
import { planLogCleanup } from './plan-log-cleanup.ts';
import { logRetentionMsOf } from './retention.ts';

export interface CleanLogRequest {
  readonly table: TableHandle;
  readonly dryRun?: boolean;
  readonly signal: AbortSignal;
}

export type CleanLogOutcome =
  /** The table says that its log is to stay (`delta.enableExpiredLogCleanup`). */
  | { readonly kind: 'disabled' }
  | {
      readonly kind: 'cleaned';
      readonly deletedFiles: number;
      readonly deletedBytes: number;
      /** Where the log begins now; absent where nothing went. */
      readonly firstVersion?: number;
      readonly retentionMs: number;
    };

/**
 * Deletes the part of the log that is older than `delta.logRetentionDuration`, as far as a checkpoint stands for it. What
 * the entries say of Kafka offsets goes into the table's ledger before, so that `bronze verify` can still prove it.
 * @throws BronzeError TABLE_NOT_FOUND, TABLE_FEATURE_UNSUPPORTED.
 */
export async function cleanLog({ table, dryRun = false, signal }: CleanLogRequest): Promise<CleanLogOutcome> {
  const { store } = table;
  const state = await table.refresh();
  if (!state) throw new BronzeError('TABLE_NOT_FOUND', `there is no Delta table at ${store.root}`);
  assertWritable(state, store.root);
  if (state.metaData.configuration['delta.enableExpiredLogCleanup']?.toLowerCase() === 'false') {
    return { kind: 'disabled' };
  }
  const retentionMs = logRetentionMsOf(state);
  const { firstKept, commits, files } = await planLogCleanup({ store, readParquetRows }, state, Date.now());
  if (!dryRun && files.length > 0) {
    if (isOurs(state)) await keepNotes({ store, tableId: state.metaData.id }, commits, signal);
    await deleteObjects(store, files, signal);
  }
  return {
    kind: 'cleaned',
    deletedFiles: files.length,
    deletedBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    ...(firstKept === undefined ? {} : { firstVersion: firstKept }),
    retentionMs,
  };
}

/** Does any job of ours ingest into the table, or keep its dead letters there? */
function isOurs({ txns }: TableState): boolean {
  return [...txns.keys()].some((appId) => parseAppId(appId) !== undefined);
}
