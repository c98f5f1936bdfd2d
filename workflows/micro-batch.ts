import {
  CancellationScope,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { OutputOutcome, PlanFacts, PollOutcome } from '../src/model/requests/lane-requests.ts';
import type { BatchPlan, BatchSummary, LanePosition, RangeGroup, TransformedGroup } from '../src/model/batch/batch.ts';
import type { ErrorCode } from '../src/model/error-code.ts';
import type { OutputSummary } from '../src/model/outputs/output-batch.ts';
import type { JobSpec } from '../src/model/job/job-spec.ts';
import { lastingSchema, withLaneSchema, type LaneSchema } from '../src/model/batch/lane-schema.ts';
import {
  commitDeltaLog,
  commitOutput,
  parkedHeartbeatMs,
  pollOffsets,
  report,
  routeDeadLetters,
  settleSchema,
  transformRange,
} from './activity-proxies.ts';
import { batchDetails, describeCounts, describeRanges, planDetails } from './details.ts';
import { findFailure } from './find-failure.ts';
import { releaseSignal } from './messages.ts';
import { batchSearchAttributes } from './search-attributes.ts';

export interface MicroBatchInput {
  readonly spec: JobSpec;
  readonly lane: LanePosition;
  readonly notBeforeMs: number;
  readonly searchAttributes: boolean;
  /** Of the job. */
  readonly laneCount?: number;
}

export type MicroBatchResult =
  | {
      readonly kind: 'committed';
      readonly summary: BatchSummary;
      /** What the lane's records are read as by now, where that is not what the job began with. */
      readonly schema?: LaneSchema;
    }
  | { readonly kind: 'released' }
  | Exclude<PollOutcome, { readonly kind: 'planned' }>;

/**
 * One micro-batch of one topic: waits for data, stages it, commits it. Everything after the plan is a function of the
 * plan, so any step may be repeated, by any worker, any number of times.
 */
export async function microBatch(input: MicroBatchInput): Promise<MicroBatchResult> {
  const polled = await pollUntilReleased(input);
  if (polled.kind !== 'planned') return polled;

  setCurrentDetails(planDetails(polled.plan));
  const staged = await stageBySchema(input, polled.plan);
  if (staged.kind === 'reopen') return staged;
  const { spec, plan, groups, schema } = staged;
  if (groups.some(hasDeadLetters)) {
    const routed = await routeDeadLetters.executeWithOptions({ summary: describeCounts(groups, 'deadLetters') }, [
      { spec, plan, groups },
    ]);
    if (routed.kind === 'reopen') return routed;
  }
  const outputs = await commitOutputs(staged);
  if (outputs.kind === 'reopen') return outputs;
  const committed = await commitDeltaLog.executeWithOptions({ summary: describeCounts(groups) }, [
    { spec, plan, groups },
  ]);
  if (committed.kind === 'reopen') return committed;

  const summary = { ...committed.summary, ...(plan.outputs === undefined ? {} : { outputs: outputs.summaries }) };
  const lasting = lastingSchema(schema);
  setCurrentDetails(batchDetails(summary));
  if (input.searchAttributes) upsertSearchAttributes(batchSearchAttributes(summary));
  if (spec.withMetrics || spec.checkpointPath !== undefined || spec.table.manifests !== undefined)
    await tryToReport(spec, summary);
  return { kind: 'committed', summary, ...(lasting === undefined ? {} : { schema: lasting }) };
}

type StagedBySchema =
  | (Extract<Staged, { kind: 'staged' }> & {
      readonly spec: JobSpec;
      readonly plan: BatchPlan;
      readonly schema: LaneSchema | undefined;
    })
  | Extract<Staged, { kind: 'reopen' }>;

/**
 * One batch has one schema: where records of any group show more than the lane's columns hold, it is decided once what
 * they are read as, and all groups start again. Each decision settles all that was found, so there are few rounds.
 */
async function stageBySchema(input: MicroBatchInput, planned: BatchPlan): Promise<StagedBySchema> {
  let plan = planned;
  for (let schema = input.lane.schema; ;) {
    const spec = withLaneSchema(input.spec, schema);
    const staged = await stage(spec, plan);
    if (staged.kind === 'reopen') return staged;
    const findings = staged.groups.flatMap((group) => group.findings ?? []);
    if (findings.length === 0) return { ...staged, spec, plan, schema };
    schema = await settleSchema({ spec, topic: plan.topic, findings });
    plan = { ...plan, columnsCommitted: false };
  }
}

type Staged =
  | { readonly kind: 'staged'; readonly groups: readonly TransformedGroup[] }
  | { readonly kind: 'reopen'; readonly reason: string };

async function stage(spec: JobSpec, { groups, ...whole }: BatchPlan): Promise<Staged> {
  try {
    const transformed = await Promise.all(
      groups.map((group) =>
        transformRange.executeWithOptions({ summary: describeRanges(group.ranges) }, [
          { spec, plan: factsOf(whole, group), group },
        ]),
      ),
    );
    return { kind: 'staged', groups: transformed };
  } catch (error) {
    const failure = findFailure(error);
    const mayReplan = failure !== 'ended' && canReplan(failure.code, spec);
    if (!mayReplan) throw error;
    return { kind: 'reopen', reason: failure.message };
  }
}

/** All of the job's outputs, beside each other. Each is safe to repeat, and so are those that are done when one fails. */
async function commitOutputs({
  spec,
  plan,
  groups,
}: Extract<StagedBySchema, { kind: 'staged' }>): Promise<
  | { readonly kind: 'committed'; readonly summaries: readonly OutputSummary[] }
  | Extract<OutputOutcome, { kind: 'reopen' }>
> {
  const outcomes = await Promise.all(
    (plan.outputs ?? []).map(({ name: output }) => {
      const parts = groups.flatMap((group) => group.outputs?.filter(({ name }) => name === output) ?? []);
      return commitOutput.executeWithOptions({ summary: output }, [{ spec, plan, output, parts }]);
    }),
  );
  const summaries: OutputSummary[] = [];
  for (const outcome of outcomes) {
    if (outcome.kind === 'reopen') return outcome;
    summaries.push(outcome.summary);
  }
  return { kind: 'committed', summaries };
}

function factsOf(
  { readVersion, fileRequirements, outputs, ...plan }: Omit<BatchPlan, 'groups'>,
  group: RangeGroup,
): PlanFacts {
  const { job, topic, batch, epoch, plannedAtMs } = plan;
  const own = new Set(group.ranges.map(({ partition }) => partition));
  return {
    ...{ job, topic, batch, epoch, plannedAtMs },
    ...(readVersion === undefined ? {} : { readVersion }),
    ...(fileRequirements === undefined ? {} : { fileRequirements }),
    ...(outputs === undefined
      ? {}
      : {
          outputs: outputs.map(({ partitions, ...output }) => ({
            ...output,
            partitions: partitions.filter(({ partition }) => own.has(partition)),
          })),
        }),
  };
}

function canReplan(code: ErrorCode, { source }: JobSpec): boolean {
  switch (code) {
    // Retention, or a deletion, came between plan and fetch: the next plan counts what is lost.
    case 'OFFSETS_LOST':
    case 'TOPIC_RECREATED':
      return !source.failOnDataLoss;
    // The table went on while the batch waited, and what it was to look at was cleaned up.
    case 'READ_VERSION_GONE':
      return true;
    default:
      return false;
  }
}

async function tryToReport(spec: JobSpec, summary: BatchSummary): Promise<void> {
  try {
    await report({ spec, summary });
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('a committed batch could not be reported', { failure: findFailure(error) });
  }
}

async function pollUntilReleased(input: MicroBatchInput): Promise<PollOutcome | { readonly kind: 'released' }> {
  const { spec, lane, notBeforeMs, laneCount = 1 } = input;
  setCurrentDetails(`Waiting for data of **${lane.topic}**.`);
  const polling = new CancellationScope();
  const release = { isRequested: false };
  setHandler(releaseSignal, () => {
    release.isRequested = true;
    polling.cancel();
  });
  try {
    return await polling.run(() =>
      pollOffsets.executeWithOptions({ summary: lane.topic, heartbeatTimeout: parkedHeartbeatMs(laneCount) }, [
        { spec, lane, notBeforeMs },
      ]),
    );
  } catch (error) {
    if (release.isRequested && isCancellation(error)) return { kind: 'released' };
    throw error;
  }
}

function hasDeadLetters(group: TransformedGroup): boolean {
  return group.counts.some((counts) => counts.deadLetters > 0);
}
