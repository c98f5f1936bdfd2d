import type { Action } from '../../delta/actions.ts';
import { checkOffsets, type OffsetDecision } from '../../delta/commit/offset-check.ts';
import { storedPositions, type LaneIdentity, type StoredPositions } from '../../delta/commit/offset-positions.ts';
import type { TableState } from '../../delta/table-state.ts';
import { BronzeError } from '../../errors.ts';
import { appIdOf, batchAppIdOf } from '../../model/table/app-id.ts';
import type { BatchPlan, PlannedRange } from '../../model/batch/batch.ts';
import type { OutputBatchNote } from '../../model/table/commit-note.ts';
import { pathForTopic } from '../../model/job/job-spec.ts';
import type { CommitOutputRequest, OutputOutcome } from '../../model/requests/lane-requests.ts';
import { addOutputCounts, noOutputCounts, type OutputPlan } from '../../model/outputs/output-batch.ts';
import type { OutputSpec } from '../../model/outputs/output-spec.ts';
import type { StructType } from '../../model/table/table-schema.ts';
import { toOffset } from '../../model/batch/offset-range.ts';
import { fenced, ownedByAnotherJob } from '../commit/commit-refusals.ts';
import { describeCommit } from '../commit/commit-info.ts';
import type { Connections, TableHandle } from '../connections.ts';
import { laneOf } from '../commit/merge-counts.ts';
import { closedThroughAfter } from './closed-through.ts';
import { commitLateRecords } from './commit-late-records.ts';
import { outputNamed } from './compile-output.ts';
import type { MergeInEngine } from './merge-output.ts';
import { closedThroughOf, committedCounts, summaryOf } from './output-summary.ts';
import { headAction, headMissing, otherHeads, readHead, type OutputHead } from './output-head.ts';
import { fitOutput } from './fit-output.ts';

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
  const ranges = rangesOf(plan, planOf(plan, name));
  const decide = (state: TableState | undefined): Exclude<OffsetDecision, { kind: 'commit' }> | undefined => {
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

  const partitions = partitionsAfter(request, head);
  const closedThroughUs = closedAfter(output, { plan, head, partitions, stored: storedPositions(base, lane) });
  const partPaths = parts.flatMap(({ part }) => (part === undefined ? [] : [part.path]));
  const merged = await context.merge(
    {
      ...{ spec, output: name, version: base.version, head },
      batch: { job: plan.job, topic: plan.topic, epoch: plan.epoch, batch: plan.batch, plannedAtMs: plan.plannedAtMs },
      parts: partPaths,
      ...(closedThroughUs === undefined ? {} : { closedThroughAfterUs: String(closedThroughUs) }),
    },
    context.signal,
  );
  const { rows, removedRows, open, stateFiles, retired } = merged;
  const newHead: OutputHead = {
    ...head,
    partitions,
    ...(closedThroughUs === undefined ? {} : { closedThroughUs: String(closedThroughUs) }),
    ...{ open, stateFiles: [...stateFiles], retired: [...retired] },
  };
  const counts = parts.map((part) => part.counts).reduce(addOutputCounts, noOutputCounts);
  const note: OutputBatchNote = {
    ...{ kind: 'outputBatch', ...lane, epoch: plan.epoch, output: name, batch: plan.batch },
    ranges: ranges.map(({ partition, startOffset, endOffset }) => ({ partition, startOffset, endOffset })),
    ...{ counts, rows, removedRows, open, ...rulesOf(output, planOf(plan, name)), ...closedThroughOf(newHead) },
  };
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
  return { kind: 'committed', summary: { ...summaryOf(output, outcome.version, newHead), counts, rows, removedRows } };
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

function planOf({ outputs, batch }: BatchPlan, name: string): OutputPlan {
  const planned = outputs?.find((output) => output.name === name);
  if (!planned) throw new BronzeError('INTERNAL', `batch ${String(batch)} was planned without the output ${name}`);
  return planned;
}

/** What of the batch the output did not have when it was planned; nothing of a range that it was beyond. */
function rangesOf({ ranges }: BatchPlan, { partitions }: OutputPlan): readonly PlannedRange[] {
  const from = new Map(partitions.map(({ partition, fromOffset }) => [partition, fromOffset]));
  return ranges.map((range) => {
    const fromOffset = from.get(range.partition) ?? range.storedOffset;
    const endOffset = BigInt(fromOffset) > BigInt(range.endOffset) ? fromOffset : range.endOffset;
    return { ...range, storedOffset: fromOffset, startOffset: fromOffset, endOffset };
  });
}

/** The topic partitions of the batch as they stand after it, and the others as before. */
function partitionsAfter({ plan, parts }: CommitOutputRequest, head: OutputHead): OutputHead['partitions'] {
  const greatest = new Map(
    parts.flatMap((part) => part.greatestEventTimeUs).map(({ partition, us }) => [partition, us]),
  );
  const read = new Set(plan.ranges.map(({ partition }) => partition));
  const others = head.partitions.filter(({ partition }) => !read.has(partition));
  const own = [...read].map((partition) => {
    const us = greatest.get(partition);
    return { partition, lastReadAtMs: plan.plannedAtMs, ...(us === undefined ? {} : { greatestEventTimeUs: us }) };
  });
  return [...others, ...own].toSorted((left, right) => left.partition - right.partition);
}

/** What a record was held against besides the records before it: `bronze verify` has no other way to know. */
function rulesOf(
  output: OutputSpec,
  { closedThroughUs }: OutputPlan,
): Pick<OutputBatchNote, 'lateness' | 'deleteWhen'> {
  if (output.kind === 'merge') return { deleteWhen: output.deleteWhen ?? '' };
  if (output.kind !== 'aggregate' || output.window === undefined) return {};
  const { delayMs, maxAheadMs, late } = output.window;
  return {
    lateness: {
      delayMs,
      ...(maxAheadMs === undefined ? {} : { maxAheadMs }),
      ...(late === undefined ? {} : { late }),
      ...(closedThroughUs === undefined ? {} : { closedThroughUs }),
    },
  };
}

interface Closing {
  readonly plan: BatchPlan;
  readonly head: OutputHead;
  readonly partitions: OutputHead['partitions'];
  readonly stored: StoredPositions;
}

function closedAfter(output: OutputSpec, { plan, head, partitions, stored }: Closing): bigint | undefined {
  if (output.kind !== 'aggregate' || output.window === undefined) return undefined;
  return closedThroughAfter(output.window, {
    partitions,
    quietPartitions: plan.quietPartitions ?? [],
    knownPartitions: [...stored.offsets.keys()],
    plannedAtMs: plan.plannedAtMs,
    beforeUs: head.closedThroughUs === undefined ? undefined : BigInt(head.closedThroughUs),
  });
}

interface Refused {
  readonly request: CommitOutputRequest;
  readonly table: TableHandle;
  readonly state: TableState | undefined;
}

async function resolveRefusal(
  refusal: Exclude<OffsetDecision, { kind: 'commit' }>,
  { request, table, state }: Refused,
): Promise<OutputOutcome> {
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
