import type { Action } from '../../delta/actions.ts';
import { checkOffsets, type OffsetDecision } from '../../delta/commit/offset-check.ts';
import { storedPositions, type LaneIdentity } from '../../delta/commit/offset-positions.ts';
import type { TableState } from '../../delta/table-state.ts';
import { BronzeError } from '../../errors.ts';
import { toOffset } from '../../model/batch/offset-range.ts';
import { pathForTopic } from '../../model/job/job-spec.ts';
import type { CommitOutputRequest, OutputOutcome } from '../../model/requests/lane-requests.ts';
import { appIdOf, batchAppIdOf } from '../../model/table/app-id.ts';
import type { StructType } from '../../model/table/table-schema.ts';
import { describeCommit } from '../commit/commit-info.ts';
import { fenced, ownedByAnotherJob } from '../commit/commit-refusals.ts';
import { laneOf } from '../commit/merge-counts.ts';
import type { Connections, TableHandle } from '../connections.ts';
import { commitLateRecords } from './commit-late-records.ts';
import { outputNamed } from './compile-output.ts';
import { fitOutput } from './fit-output.ts';
import { headAfter } from './head-after.ts';
import type { MergeInEngine } from './merge-output.ts';
import { headAction, headMissing, otherHeads, readHead, type OutputHead } from './output-head.ts';
import { outputNote } from './output-note.ts';
import { committedCounts, summaryOf } from './output-summary.ts';
import { plannedOutput, rangesOf } from './planned-output.ts';

type Refusal = Exclude<OffsetDecision, { kind: 'commit' }>;

export interface OutputContext {
  readonly connections: Connections;
  readonly merge: MergeInEngine;
  readonly signal: AbortSignal;
}

/**
 * Commits what a batch does to an output: rows, offsets and state in one Delta commit, before the job's table. Where the
 * output has the batch already, by an attempt that nobody heard of or before a crash, there is nothing to do. Rows and
 * state are made for a version of the table; when another writer has moved files since, they are made anew.
 * @throws BronzeError LANE_FENCED, TABLE_OWNED_BY_ANOTHER_JOB, TABLE_CORRUPT, COMMIT_STATE_UNKNOWN.
 */
export async function commitOutput(context: OutputContext, request: CommitOutputRequest): Promise<OutputOutcome> {
  for (let wasMissing = false; ;) {
    try {
      return await tryToCommit(context, request);
    } catch (error) {
      if (!(error instanceof BronzeError)) throw error;
      const isMissing = error.code === 'STAGED_FILE_MISSING';
      // No attempt will find what is not there now.
      if (isMissing && wasMissing) return { kind: 'reopen', reason: error.message };
      if (!isMissing && error.code !== 'TABLE_CHANGED') throw error;
      // Another attempt that has just committed deletes what it has used: then there is nothing left to do.
      wasMissing ||= isMissing;
      context.signal.throwIfAborted();
    }
  }
}

async function tryToCommit(context: OutputContext, request: CommitOutputRequest): Promise<OutputOutcome> {
  const { spec, plan, output: name, parts } = request;
  const { output, compiled } = outputNamed(spec, name);
  const table = context.connections.table(pathForTopic(output.path, plan.topic));
  const lane = laneOf(plan);
  const ranges = rangesOf(plan, plannedOutput(plan, name));
  const decide = (state: TableState | undefined): Refusal | undefined => {
    const decision = checkOffsets({ epoch: plan.epoch, ranges }, storedPositions(state, lane));
    return decision.kind === 'commit' ? undefined : decision;
  };
  const base = await table.refresh();
  const refusal = decide(base);
  if (refusal) return resolveRefusal(refusal, { request, table, state: base });
  const head = readHead(base, lane, table.store.root);
  if (!base || !head) throw headMissing(table.store.root, name);
  const late = await commitLateRecords(context.connections, request, ranges);
  if (late.kind === 'reopen') return late;

  const coming = headAfter(request, output, { head, stored: storedPositions(base, lane) });
  const partPaths = parts.flatMap(({ part }) => (part === undefined ? [] : [part.path]));
  const merged = await context.merge(mergeInput(request, { base, head, coming, partPaths }), context.signal);
  const { rows, removedRows, open, stateFiles, retired } = merged;
  const newHead: OutputHead = { ...coming, open, stateFiles: [...stateFiles], retired: [...retired] };
  const note = outputNote(request, output, { ranges, head: newHead, rows, removedRows });
  const outcome = await table.commit({
    base,
    check: (latest) => {
      if (latest && compiled.keyColumns.length > 0) assertNoOtherRows(base, latest, { lane, root: table.store.root });
      return decide(latest);
    },
    actions: (): readonly Action[] => [
      ...evolutionOf(base, compiled.schema),
      ...merged.removes.map((remove) => ({ remove })),
      ...merged.adds.map((add) => ({ add })),
      ...ranges.map((range) => ({
        txn: { appId: appIdOf(plan.job, range), version: range.endOffset, lastUpdated: Date.now() },
      })),
      { txn: { appId: batchAppIdOf(plan.job, plan.topic), version: toOffset(plan.batch), lastUpdated: Date.now() } },
      headAction(lane, newHead),
    ],
    commitInfo: describeCommit(note, { numAddedFiles: merged.adds.length, numOutputRows: rows }),
  });
  if (outcome.kind === 'refused') {
    await Promise.all(merged.writtenPaths.map((path) => table.store.delete(path)));
    return resolveRefusal(outcome.reason, { request, table, state: outcome.state });
  }
  await Promise.all([...head.retired, ...partPaths].map((path) => table.store.delete(path)));
  const { counts } = note;
  return { kind: 'committed', summary: { ...summaryOf(output, outcome.version, newHead), counts, rows, removedRows } };
}

interface Merging {
  readonly base: TableState;
  readonly head: OutputHead;
  /** As `headAfter` gives it. */
  readonly coming: OutputHead;
  readonly partPaths: readonly string[];
}

function mergeInput(
  { spec, plan, output }: CommitOutputRequest,
  { base, head, coming, partPaths }: Merging,
): Parameters<MergeInEngine>[0] {
  const { closedThroughUs } = coming;
  return {
    ...{ spec, output, version: base.version, head },
    batch: { job: plan.job, topic: plan.topic, epoch: plan.epoch, batch: plan.batch, plannedAtMs: plan.plannedAtMs },
    parts: partPaths,
    ...(closedThroughUs === undefined ? {} : { closedThroughAfterUs: closedThroughUs }),
  };
}

/** Rows that another lane has added since may have the keys of those that come now. */
function assertNoOtherRows(
  base: TableState,
  latest: TableState,
  { lane, root }: { readonly lane: LaneIdentity; readonly root: string },
): void {
  const before = otherHeads(base, lane);
  const moved = [...otherHeads(latest, lane)].find(([domain, head]) => before.get(domain) !== head);
  if (moved) throw new BronzeError('TABLE_CHANGED', `${root}: ${moved[0]} has replaced rows of the table as well`);
}

/** What the table must become for the rows: those of a merge, or of changes, have the columns of the job's table. */
function evolutionOf(state: TableState, schema: StructType): readonly Action[] {
  const fit = fitOutput(state, schema);
  return fit.kind === 'evolves' ? fit.actions : [];
}

interface Refused {
  readonly request: CommitOutputRequest;
  readonly table: TableHandle;
  readonly state: TableState | undefined;
}

async function resolveRefusal(refusal: Refusal, { request, table, state }: Refused): Promise<OutputOutcome> {
  const { spec, plan, output: name } = request;
  const { root } = table.store;
  switch (refusal.kind) {
    case 'alreadyDone': {
      const head = readHead(state, laneOf(plan), root);
      if (!head) throw headMissing(root, name);
      const summary = summaryOf(outputNamed(spec, name).output, state?.version ?? 0, head);
      return {
        kind: 'committed',
        summary: { ...summary, ...(await committedCounts(table, plan, name)) },
        earlier: true,
      };
    }
    case 'replan':
      return { kind: 'reopen', reason: `output ${name}: ${refusal.reason}` };
    case 'fenced':
      throw fenced(root, refusal);
    case 'ownedByAnotherJob':
      throw ownedByAnotherJob(root, refusal);
  }
}
