import type { Action } from '../../delta/actions.ts';
import { checkOffsets, type OffsetDecision } from '../../delta/commit/offset-check.ts';
import { storedPositions } from '../../delta/commit/offset-positions.ts';
import type { TableState } from '../../delta/table-state.ts';
import { appIdOf, batchAppIdOf, batchEpochAppIdOf } from '../../model/table/app-id.ts';
import {
  addDrops,
  type BatchPlan,
  type BatchSummary,
  type Drops,
  type TransformedGroup,
} from '../../model/batch/batch.ts';
import type { BatchNote } from '../../model/table/commit-note.ts';
import { addCounts } from '../../model/counts.ts';
import { pathForTopic } from '../../model/job/job-spec.ts';
import { addRuleFailures, hasRuleFailures } from '../../model/batch/rule-failures.ts';
import { toOffset } from '../../model/batch/offset-range.ts';
import type { StagedFile } from '../../model/batch/staged-file.ts';
import { fenced, ownedByAnotherJob } from './commit-refusals.ts';
import { describeCommit } from './commit-info.ts';
import type { Connections } from '../connections.ts';
import { haveNamesOf } from '../files/file-columns.ts';
import { fitJob } from '../lane/lane-rules.ts';
import { laneOf, mergeCounts } from './merge-counts.ts';
import { addActionsOf, countOf, findMissingFile, readStagedFiles, removeStagedLists } from './staged-adds.ts';
import type { CommitOutcome, CommitRequest } from '../../model/requests/lane-requests.ts';

/**
 * Commits a batch: its files, and the offsets that they came from, in one Delta commit (invariant 1), unless what the
 * table holds says otherwise (invariant 2). Safe to repeat.
 * @throws BronzeError TABLE_OWNED_BY_ANOTHER_JOB, LANE_FENCED, COMMIT_STATE_UNKNOWN, TABLE_CHANGED.
 */
export async function commitBatch(connections: Connections, request: CommitRequest): Promise<CommitOutcome> {
  const { spec, plan, groups } = request;
  const table = connections.table(pathForTopic(spec.table.path, plan.topic));
  const lane = laneOf(plan);
  const counts = mergeCounts(plan, groups);
  const staged = groups.map((group) => group.dataFiles);
  const summarise = (version: number): BatchSummary => summaryOf(plan, groups, version, countOf(staged), counts);
  const decide = (state: TableState | undefined): Refusal | undefined =>
    unlessCommit(checkOffsets(plan, storedPositions(state, lane))) ?? misfitOf(state, request);
  const base = await table.refresh();
  // Asked before the lists of staged files are read as well: after the commit they are gone.
  if (decide(base)?.kind === 'alreadyDone') return committedEarlier(summarise(base?.version ?? 0));
  const files = await readStagedFiles(table.store, staged);
  const missing = await findMissingFile(table.store, plan, files);
  if (missing !== undefined) return { kind: 'reopen', reason: `the staged file ${missing} is gone` };
  const dropped = groups.flatMap((group) => group.dropped ?? []);
  const note: BatchNote = {
    kind: 'batch',
    ...lane,
    epoch: plan.epoch,
    batch: plan.batch,
    ranges: counts,
    ...(dropped.length === 0 ? {} : { dropped }),
    ...ruleFailuresOf(groups),
  };
  const outcome = await table.commit({
    base,
    // Another lane, or another program, may have changed the schema meanwhile: that is judged like the offsets.
    onTableChange: 'recheck',
    check: (latest) => decide(latest) ?? misnamedOf(latest, request, files),
    actions: (latest): readonly Action[] => [
      ...evolutionOf(latest, request),
      ...addActionsOf(files, plan.plannedAtMs),
      ...plan.ranges.map((range) => ({
        txn: { appId: appIdOf(plan.job, range), version: range.endOffset, lastUpdated: Date.now() },
      })),
      { txn: { appId: batchAppIdOf(plan.job, plan.topic), version: toOffset(plan.batch), lastUpdated: Date.now() } },
      {
        txn: { appId: batchEpochAppIdOf(plan.job, plan.topic), version: toOffset(plan.epoch), lastUpdated: Date.now() },
      },
    ],
    commitInfo: {
      ...describeCommit(note, metricsOf(summarise(0))),
      readsRows: plan.readVersion !== undefined,
    },
  });
  if (outcome.kind === 'committed') {
    await removeStagedLists(table.store, staged);
    return { kind: 'committed', summary: summarise(outcome.version) };
  }
  return resolveRefusal(outcome.reason, table.store.root, () => summarise(outcome.state?.version ?? 0));
}

type Refusal = Exclude<OffsetDecision, { readonly kind: 'commit' }>;

function misfitOf(state: TableState | undefined, { spec, plan }: CommitRequest): Refusal | undefined {
  const fit = state && fitJob(state, spec, plan.columnsCommitted);
  return fit?.kind === 'mismatch' ? { kind: 'replan', reason: fit.problems.join('; ') } : undefined;
}

/** The table may have got column mapping, or another column of a name, after the files were written. */
function misnamedOf(
  state: TableState | undefined,
  { spec }: CommitRequest,
  files: readonly StagedFile[],
): Refusal | undefined {
  if (!state || haveNamesOf(state, spec, files)) return undefined;
  return { kind: 'replan', reason: 'the table has other names for columns in data files than the batch has' };
}

/** What the table must become for the rows, decided anew at every rebase: two lanes may add columns at the same time. */
function evolutionOf(state: TableState | undefined, { spec, plan }: CommitRequest): readonly Action[] {
  const fit = state && fitJob(state, spec, plan.columnsCommitted);
  return fit?.kind === 'evolves' ? fit.actions : [];
}

function unlessCommit(decision: OffsetDecision): Refusal | undefined {
  return decision.kind === 'commit' ? undefined : decision;
}

function resolveRefusal(refusal: Refusal, root: string, summarise: () => BatchSummary): CommitOutcome {
  switch (refusal.kind) {
    case 'alreadyDone':
      return committedEarlier(summarise());
    case 'replan':
      return { kind: 'reopen', reason: refusal.reason };
    case 'fenced':
      throw fenced(root, refusal);
    case 'ownedByAnotherJob':
      throw ownedByAnotherJob(root, refusal);
  }
}

function committedEarlier(summary: BatchSummary): CommitOutcome {
  return { kind: 'committed', summary, earlier: true };
}

function summaryOf(
  plan: BatchPlan,
  groups: readonly TransformedGroup[],
  version: number,
  files: number,
  ranges: BatchSummary['ranges'],
): BatchSummary {
  const committedAtMs = Date.now();
  return {
    topic: plan.topic,
    batch: plan.batch,
    version,
    rows: sum(ranges.map((range) => range.rows)),
    deadLetters: sum(ranges.map((range) => range.deadLetters)),
    drops: ranges.reduce<Drops>((drops, range) => addDrops(drops, range.drops), {}),
    deadLettersByCode: groups.map((group) => group.deadLettersByCode).reduce(addCounts, {}),
    ...ruleFailuresOf(groups),
    ...duplicatesOf(groups),
    inputBytes: sum(groups.map((group) => group.inputBytes)),
    outputBytes: sum(groups.map((group) => group.outputBytes)),
    files,
    durationMs: committedAtMs - plan.plannedAtMs,
    committedAtMs,
    ranges,
    lagOffsets: plan.lagOffsets,
  };
}

function ruleFailuresOf(groups: readonly TransformedGroup[]): Pick<BatchSummary, 'ruleFailures'> {
  const ruleFailures = groups.map((group) => group.ruleFailures ?? {}).reduce(addRuleFailures, {});
  return hasRuleFailures(ruleFailures) ? { ruleFailures } : {};
}

function duplicatesOf(groups: readonly TransformedGroup[]): Pick<BatchSummary, 'duplicates'> {
  const found = groups.flatMap(({ duplicates }) => (duplicates === undefined ? [] : [duplicates]));
  if (found.length === 0) return {};
  return {
    duplicates: {
      inBatch: sum(found.map(({ inBatch }) => inBatch)),
      inTable: sum(found.map(({ inTable }) => inTable)),
    },
  };
}

/** Names that readers of `DESCRIBE HISTORY` know, and ours. */
function metricsOf(summary: BatchSummary): Readonly<Record<string, number>> {
  return {
    numAddedFiles: summary.files,
    numOutputRows: summary.rows,
    numOutputBytes: summary.outputBytes,
    numInputBytes: summary.inputBytes,
    numDeadLetters: summary.deadLetters,
    ...(summary.duplicates === undefined
      ? {}
      : { numDuplicatesInBatch: summary.duplicates.inBatch, numDuplicatesInTable: summary.duplicates.inTable }),
    durationMs: summary.durationMs,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
