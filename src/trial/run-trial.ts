import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultEngineMemoryBytes } from '../engine/engine-memory.ts';
import { settleFindings } from '../ingest/schema/settle-schema.ts';
import { unpackStagedFiles } from '../ingest/commit/staged-files.ts';
import { transformGroup, type TransformOptions } from '../ingest/transform/transform-group.ts';
import type { BatchPlan, TransformedGroup } from '../model/batch/batch.ts';
import type { JobSpec } from '../model/job/job-spec.ts';
import { withLaneSchema } from '../model/batch/lane-schema.ts';
import type { OffsetRange } from '../model/batch/offset-range.ts';
import { openObjectStore } from '../storage/open-object-store.ts';
import { tableSchema } from '../transform/table-schema.ts';
import { TrialFiles } from './trial-files.ts';
import { withCoordinates } from './trial-coordinates.ts';
import type { TrialOutput } from './trial-output.ts';
import { commitTrialOutputs, plannedOutputs, withTablesIn } from './trial-outputs.ts';

export interface TrialInput {
  readonly spec: JobSpec;
  readonly topic: string;
  /** One per topic partition. */
  readonly ranges: readonly OffsetRange[];
  readonly plannedAtMs: number;
}

export interface Trial {
  readonly result: TransformedGroup;
  readonly files: TrialFiles;
  /** In the order of the job. */
  readonly outputs: readonly TrialOutput[];
}

/**
 * Runs ranges through the whole pipeline of a job, down to the Parquet files of rows and dead letters and the tables of
 * outputs, in a temporary folder that is gone afterwards: no table of the job is read or written. Throws as
 * `transformGroup` and `commitOutput` do.
 */
export async function runTrial<R>(
  { spec, topic, ranges, plannedAtMs }: TrialInput,
  options: TransformOptions,
  signal: AbortSignal,
  use: (trial: Trial) => Promise<R>,
): Promise<R> {
  const folder = await mkdtemp(join(tmpdir(), 'bronze-trial-'));
  try {
    const placed = withTablesIn(folder, spec);
    const [tableRoot, deadLetterRoot] = [placed.table.path, placed.deadLetter.path];
    const outputs = plannedOutputs(placed, ranges);
    const group = { group: 0, ranges };
    const plan: BatchPlan = {
      job: spec.name,
      topic,
      batch: 0,
      epoch: 0,
      plannedAtMs,
      ranges: ranges.map((range) => ({ ...range, storedOffset: range.startOffset })),
      groups: [group],
      lagOffsets: '0',
      ...(outputs.length === 0 ? {} : { outputs, quietPartitions: ranges.map(({ partition }) => partition) }),
    };
    const places = {
      tableRoot,
      deadLetterRoot,
      scratchFolder: join(folder, 'scratch'),
      memoryBytes: defaultEngineMemoryBytes,
    };
    const { trialSpec, coordinates, result } = await transformBySchema(placed, (trial) =>
      transformGroup({ spec: trial, plan, group, ...places }, signal, options),
    );
    const scratchFolder = join(folder, 'merge');
    const trial = { spec: trialSpec, plan, result, coordinates, scratchFolder };
    const trialOutputs = await commitTrialOutputs(trial, signal);
    await using files = await TrialFiles.open({
      schema: tableSchema(trialSpec),
      partitionColumns: spec.table.partitionBy,
      coordinates,
      rows: { root: tableRoot, files: await unpackStagedFiles(openObjectStore(tableRoot), result.dataFiles) },
      deadLetters: {
        root: deadLetterRoot,
        files: await unpackStagedFiles(openObjectStore(deadLetterRoot), result.deadLetterFiles),
      },
    });
    return await use({ result, files, outputs: trialOutputs });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** As a micro-batch does it, for a table that is yet to be made. */
async function transformBySchema(
  spec: JobSpec,
  transform: (trialSpec: JobSpec) => Promise<TransformedGroup>,
): Promise<ReturnType<typeof withCoordinates> & { readonly result: TransformedGroup }> {
  for (let job = spec; ;) {
    const trial = withCoordinates(job);
    const result = await transform(trial.trialSpec);
    const { findings = [] } = result;
    if (findings.length === 0) return { ...trial, result };
    job = withLaneSchema(job, settleFindings(undefined, job, findings));
  }
}
