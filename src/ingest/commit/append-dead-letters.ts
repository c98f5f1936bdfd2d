import type { Action } from '../../delta/actions.ts';
import { columnMappingMode } from '../../delta/schema/column-mapping.ts';
import { storedPositions } from '../../delta/commit/offset-positions.ts';
import type { TableState } from '../../delta/table-state.ts';
import { BronzeError } from '../../errors.ts';
import { epochAppIdOf } from '../../model/table/app-id.ts';
import type { BatchPlan, PlannedRange } from '../../model/batch/batch.ts';
import type { CommitNote } from '../../model/table/commit-note.ts';
import { pathForTopic, type JobSpec } from '../../model/job/job-spec.ts';
import type { DeadLetterOutcome } from '../../model/requests/lane-requests.ts';
import { toOffset } from '../../model/batch/offset-range.ts';
import type { StagedFile, StagedFiles } from '../../model/batch/staged-file.ts';
import { describeCommit } from './commit-info.ts';
import type { Connections } from '../connections.ts';
import { claimDeadLetters, deadLettersFenced, newDeadLetterTable } from './dead-letter-table.ts';
import { laneOf } from './merge-counts.ts';
import { addActionsOf, findMissingFile, readStagedFiles, removeStagedLists } from './staged-adds.ts';

export interface DeadLetterAppend {
  readonly spec: JobSpec;
  readonly plan: BatchPlan;
  readonly staged: readonly StagedFiles[];
  /** `storedOffset`: what the table may hold at most before. */
  readonly ranges: readonly PlannedRange[];
  /** Of the `txn` that holds the end of a range. */
  readonly appIdOf: (range: PlannedRange) => string;
  readonly note: (records: number) => CommitNote;
}

/**
 * Commits dead letters of a batch with offsets of their own. Batches that have none make no commit, so these offsets may lie
 * behind; they lie ahead only until the commit that follows in another table. Safe to repeat.
 * @throws BronzeError LANE_FENCED, COMMIT_STATE_UNKNOWN.
 */
export async function appendDeadLetters(
  connections: Connections,
  append: DeadLetterAppend,
): Promise<DeadLetterOutcome> {
  const { spec, plan, staged } = append;
  const table = connections.table(pathForTopic(spec.deadLetter.path, plan.topic));
  const base = await table.refresh();
  // Asked before the lists of staged files are read as well: by then they may be gone.
  const refusal = refusalOf(append, base);
  if (refusal !== undefined) return resolveRefusal(refusal, append, { root: table.store.root, state: base });
  const files = await readStagedFiles(table.store, staged);
  const missing = await findMissingFile(table.store, plan, files);
  if (missing !== undefined) return { kind: 'reopen', reason: `the staged file ${missing} is gone` };
  if (storedPositions(base, laneOf(plan)).epoch === undefined) {
    const rows = connections.table(pathForTopic(spec.table.path, plan.topic));
    const claim = await claimDeadLetters(rows, plan);
    if (claim.kind === 'fenced') throw deadLettersFenced(plan, rows.store.root);
    if (claim.kind === 'reopen') return claim;
  }
  const records = files.reduce((sum, file) => sum + file.recordCount, 0);
  const outcome = await table.commit({
    base,
    onTableChange: 'recheck',
    check: (latest) => {
      assertPlainColumns(latest, table.store.root);
      return refusalOf(append, latest);
    },
    actions: (latest) => actionsOf(append, files, latest),
    commitInfo: describeCommit(append.note(records), { numAddedFiles: files.length, numOutputRows: records }),
  });
  if (outcome.kind === 'committed') {
    await removeStagedLists(table.store, staged);
    return { kind: 'committed', version: outcome.version };
  }
  return resolveRefusal(outcome.reason, append, { root: table.store.root, state: outcome.state });
}

type Refusal = 'alreadyDone' | 'fenced' | 'ahead';

function resolveRefusal(
  refusal: Refusal,
  { plan }: DeadLetterAppend,
  { root, state }: { readonly root: string; readonly state: TableState | undefined },
): DeadLetterOutcome {
  switch (refusal) {
    case 'alreadyDone':
      return { kind: 'committed', version: state?.version ?? 0 };
    case 'fenced':
      throw deadLettersFenced(plan, root);
    case 'ahead':
      return { kind: 'reopen', reason: `the dead-letter table stands in the middle of batch ${String(plan.batch)}` };
  }
}

function actionsOf(
  { plan, ranges, appIdOf }: DeadLetterAppend,
  files: readonly StagedFile[],
  latest: TableState | undefined,
): readonly Action[] {
  return [
    ...(latest ? [] : newDeadLetterTable(plan.job)),
    ...addActionsOf(files, plan.plannedAtMs),
    ...ranges.map((range) => ({
      txn: { appId: appIdOf(range), version: range.endOffset, lastUpdated: Date.now() },
    })),
    ...epochAction(plan, latest),
  ];
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
 * a batch whose other commit never came; opening the lane again takes them out.
 */
function refusalOf({ plan, ranges, appIdOf }: DeadLetterAppend, state: TableState | undefined): Refusal | undefined {
  const { epoch } = storedPositions(state, laneOf(plan));
  if (epoch !== undefined && epoch > plan.epoch) return 'fenced';
  // Of a range that an output has passed already there is nothing to tell it by.
  const open = ranges.filter(({ storedOffset, endOffset }) => BigInt(storedOffset) < BigInt(endOffset));
  const standings = open.map((range) => {
    const offset = BigInt(state?.txns.get(appIdOf(range)) ?? 0);
    if (offset <= BigInt(range.storedOffset)) return 'behind';
    return offset >= BigInt(range.endOffset) && epoch === plan.epoch ? 'done' : 'ahead';
  });
  if (standings.every((standing) => standing === 'behind')) return undefined;
  return standings.every((standing) => standing === 'done') ? 'alreadyDone' : 'ahead';
}
