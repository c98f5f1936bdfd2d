import { join } from 'node:path';
import { defaultEngineMemoryBytes } from '../engine/engine-memory.ts';
import { BronzeError } from '../errors.ts';
import { Connections } from '../ingest/connections.ts';
import { commitOutput, type OutputContext } from '../ingest/outputs/commit-output.ts';
import { mergeOutput } from '../ingest/outputs/merge-output.ts';
import { openOutputs } from '../ingest/outputs/open-outputs.ts';
import { readHead } from '../ingest/outputs/output-head.ts';
import type { BatchPlan, LanePosition, TransformedGroup } from '../model/batch/batch.ts';
import type { JobSpec } from '../model/job/job-spec.ts';
import type { OffsetRange } from '../model/batch/offset-range.ts';
import { noOutputCounts, type OutputPlan, type OutputSummary } from '../model/outputs/output-batch.ts';
import type { OutputSpec } from '../model/outputs/output-spec.ts';
import { readTrialOutput, type TrialOutput } from './trial-output.ts';
import type { Coordinates } from './trial-coordinates.ts';

/**
 * The job with all its tables below `folder`. Windows are in their tables while they are open too: which of them an output
 * that appends would have is told by `TrialOutputRow.isFinal`. Late records are counted, and no more.
 */
export function withTablesIn(folder: string, spec: JobSpec): JobSpec {
  const { outputs, table, deadLetter } = spec;
  return {
    ...spec,
    table: { ...table, path: join(folder, 'table') },
    deadLetter: { ...deadLetter, path: join(folder, 'dead-letters') },
    ...(outputs === undefined ? {} : { outputs: outputs.map((output) => placedOutput(output, folder)) }),
  };
}

function placedOutput(output: OutputSpec, folder: string): OutputSpec {
  const path = join(folder, 'outputs', output.name);
  if (output.kind !== 'aggregate') return { ...output, path };
  if (output.window === undefined) return { ...output, path };
  const { late: _, ...window } = output.window;
  return { ...output, path, mode: 'update', window };
}

/** Outputs that begin without state, with the first of the records. */
export function plannedOutputs({ outputs = [] }: JobSpec, ranges: readonly OffsetRange[]): readonly OutputPlan[] {
  const partitions = ranges.map(({ partition, startOffset }) => ({ partition, fromOffset: startOffset }));
  return outputs.map(({ name }) => ({ name, partitions }));
}

export interface TransformedTrial {
  /** Of `withTablesIn`. */
  readonly spec: JobSpec;
  readonly plan: BatchPlan;
  readonly result: TransformedGroup;
  readonly coordinates: Coordinates;
  readonly scratchFolder: string;
}

/** Commits the outputs of a trial to tables of its own, as a micro-batch does it, and reads what is in them then. */
export async function commitTrialOutputs(
  trial: TransformedTrial,
  signal: AbortSignal,
): Promise<readonly TrialOutput[]> {
  const { spec, plan, coordinates, scratchFolder } = trial;
  const { outputs = [] } = spec;
  if (outputs.length === 0) return [];
  const connections = new Connections({ env: process.env });
  const lane = laneOf(plan);
  await openOutputs({ connections, spec, signal, discardInFiles: takeNothingBack }, lane);
  const context: OutputContext = {
    connections,
    signal,
    merge: (input) => mergeOutput({ ...input, scratchFolder, memoryBytes: defaultEngineMemoryBytes }),
  };
  const read: TrialOutput[] = [];
  for (const output of outputs) {
    const summary = await commitTrialOutput(context, trial, output.name);
    const table = connections.table(output.path);
    const head = readHead(await table.refresh(), { job: spec.name, topic: plan.topic }, output.path);
    read.push(await readTrialOutput(output, summary, { coordinates, closedThroughUs: head?.closedThroughUs }));
  }
  return read;
}

async function commitTrialOutput(
  context: OutputContext,
  { spec, plan, result }: TransformedTrial,
  output: string,
): Promise<Pick<OutputSummary, 'counts' | 'closedThrough'>> {
  // No batch is without offsets.
  if (plan.ranges.length === 0) return { counts: noOutputCounts };
  const parts = (result.outputs ?? []).filter(({ name }) => name === output);
  const outcome = await commitOutput(context, { spec, plan, output, parts });
  if (outcome.kind === 'committed') return outcome.summary;
  throw new BronzeError('INTERNAL', `trial of the output ${output}: ${outcome.reason}`);
}

function laneOf({ topic, ranges, epoch, batch }: BatchPlan): LanePosition {
  return {
    ...{ topic, topicId: ranges[0]?.topicId ?? 'none', epoch, nextBatch: batch },
    positions: ranges.map(({ partition, startOffset }) => ({ partition, offset: startOffset })),
  };
}

/** Tables that have just come into being have no rows of anybody's. */
function takeNothingBack(): Promise<never> {
  return Promise.reject(new BronzeError('INTERNAL', 'a trial takes no rows back'));
}
