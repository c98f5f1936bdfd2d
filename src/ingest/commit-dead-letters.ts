import type { Action } from '../delta/actions.ts';
import { columnMappingMode } from '../delta/column-mapping.ts';
import { storedPositions, type StoredPositions } from '../delta/offset-positions.ts';
import type { TableState } from '../delta/table-state.ts';
import { BronzeError } from '../errors.ts';
import { appIdOf, epochAppIdOf } from '../model/app-id.ts';
import type { BatchPlan } from '../model/batch.ts';
import type { BatchNote } from '../model/commit-note.ts';
import { pathForTopic } from '../model/job-spec.ts';
import { toOffset } from '../model/offset-range.ts';
import { describeCommit } from './commit-info.ts';
import type { Connections } from './connections.ts';
import { claimDeadLetters, deadLettersFenced, newDeadLetterTable } from './dead-letter-table.ts';
import { laneOf, mergeCounts } from './merge-counts.ts';
import { addActionsOf, findMissingFile, readStagedFiles, removeStagedLists } from './staged-adds.ts';
import type { CommitRequest, DeadLetterOutcome } from '../model/lane-requests.ts';

/**
 * Commits a batch's dead letters with offsets of their own, before its rows (invariant 5). Batches without dead letters
 * make no commit here, so the offsets of this table may lie behind; they lie ahead only between the two commits of one
 * batch. Safe to repeat.
 * @throws BronzeError LANE_FENCED, COMMIT_STATE_UNKNOWN.
 */
export async function commitDeadLetters(connections: Connections, request: CommitRequest): Promise<DeadLetterOutcome> {
  const { spec, plan, groups } = request;
  const table = connections.table(pathForTopic(spec.deadLetter.path, plan.topic));
  const lane = laneOf(plan);
  const staged = groups.map((group) => group.deadLetterFiles);
  const base = await table.refresh();
  // Asked before the lists of staged files are read as well: after the commit they are gone.
  const stored = storedPositions(base, lane);
  if (refusalOf(plan, stored) === 'alreadyDone') return { kind: 'committed', version: base?.version ?? 0 };
  const files = await readStagedFiles(table.store, staged);
  const missing = await findMissingFile(table.store, plan, files);
  if (missing !== undefined) return { kind: 'reopen', reason: `the staged file ${missing} is gone` };
  if (stored.epoch === undefined) {
    const rows = connections.table(pathForTopic(spec.table.path, plan.topic));
    const claim = await claimDeadLetters(rows, plan);
    if (claim.kind === 'fenced') throw deadLettersFenced(plan, rows.store.root);
    if (claim.kind === 'reopen') return claim;
  }
  const note: BatchNote = {
    kind: 'batch',
    ...lane,
    epoch: plan.epoch,
    batch: plan.batch,
    ranges: mergeCounts(plan, groups),
  };
  const outcome = await table.commit({
    base,
    onTableChange: 'recheck',
    check: (latest) => {
      assertPlainColumns(latest, table.store.root);
      return refusalOf(plan, storedPositions(latest, lane));
    },
    actions: (latest): readonly Action[] => [
      ...(latest ? [] : newDeadLetterTable(plan.job)),
      ...addActionsOf(files, plan.plannedAtMs),
      ...plan.ranges.map((range) => ({
        txn: { appId: appIdOf(plan.job, range), version: range.endOffset, lastUpdated: Date.now() },
      })),
      ...epochAction(plan, latest),
    ],
    commitInfo: describeCommit(note, {
      numAddedFiles: files.length,
      numOutputRows: files.reduce((sum, file) => sum + file.recordCount, 0),
    }),
  });
  if (outcome.kind === 'committed') {
    await removeStagedLists(table.store, staged);
    return { kind: 'committed', version: outcome.version };
  }
  if (outcome.reason === 'alreadyDone') return { kind: 'committed', version: outcome.state?.version ?? 0 };
  if (outcome.reason === 'fenced') throw deadLettersFenced(plan, table.store.root);
  return { kind: 'reopen', reason: `the dead-letter table stands in the middle of batch ${String(plan.batch)}` };
}

/** The files have the names that every dead-letter table begins with. */
function assertPlainColumns(state: TableState | undefined, root: string): void {
  if (!state || columnMappingMode(state.metaData) === 'none') return;
  throw new BronzeError(
    'TABLE_FEATURE_UNSUPPORTED',
    `${root}: a table of dead letters cannot map columns (delta.columnMapping.mode)`,
  );
}

/** Written only when it changes: an epoch lasts for many batches. */
function epochAction(plan: BatchPlan, latest: TableState | undefined): readonly Action[] {
  const appId = epochAppIdOf(plan.job, plan.topic);
  const version = toOffset(plan.epoch);
  return latest?.txns.get(appId) === version ? [] : [{ txn: { appId, version } }];
}

/**
 * Invariant 2 for a table that may lie behind. Dead letters of an earlier epoch that reach into this batch were made by
 * a batch that never committed its rows; opening the lane again takes them out.
 */
function refusalOf(plan: BatchPlan, stored: StoredPositions): 'alreadyDone' | 'fenced' | 'ahead' | undefined {
  if (stored.epoch !== undefined && stored.epoch > plan.epoch) return 'fenced';
  const standings = plan.ranges.map(({ partition, storedOffset, endOffset }) => {
    const offset = BigInt(stored.offsets.get(partition) ?? 0);
    if (offset <= BigInt(storedOffset)) return 'behind';
    return offset >= BigInt(endOffset) && stored.epoch === plan.epoch ? 'done' : 'ahead';
  });
  if (standings.every((standing) => standing === 'behind')) return undefined;
  return standings.every((standing) => standing === 'done') ? 'alreadyDone' : 'ahead';
}
