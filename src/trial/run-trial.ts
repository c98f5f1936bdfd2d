import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultEngineMemoryBytes } from '../engine/engine-memory.ts';
import { settleFindings } from '../ingest/settle-schema.ts';
import { unpackStagedFiles } from '../ingest/staged-files.ts';
import { transformGroup, type TransformOptions } from '../ingest/transform-group.ts';
import type { BatchPlan, TransformedGroup } from '../model/batch.ts';
import type { JobSpec } from '../model/job-spec.ts';
import { withLaneSchema } from '../model/lane-schema.ts';
import type { OffsetRange } from '../model/offset-range.ts';
import { openObjectStore } from '../storage/open-object-store.ts';
import { tableSchema } from '../transform/table-schema.ts';
import { TrialFiles } from './trial-files.ts';
import { withCoordinates } from './trial-coordinates.ts';

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
}

/**
 * Runs ranges through the whole pipeline of a job, down to the Parquet files of rows and dead letters, in a temporary
 * folder that is gone afterwards: no table is read or written, nothing is committed. Throws as `transformGroup` does.
 */
export async function runTrial<R>(
  { spec, topic, ranges, plannedAtMs }: TrialInput,
  options: TransformOptions,
  signal: AbortSignal,
  use: (trial: Trial) => Promise<R>,
): Promise<R> {
  const folder = await mkdtemp(join(tmpdir(), 'bronze-trial-'));
  try {
    const [tableRoot, deadLetterRoot] = [join(folder, 'table'), join(folder, 'dead-letters')];
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
    };
    const places = {
      tableRoot,
      deadLetterRoot,
      scratchFolder: join(folder, 'scratch'),
      memoryBytes: defaultEngineMemoryBytes,
    };
    const { trialSpec, coordinates, result } = await transformBySchema(spec, (trial) =>
      transformGroup({ spec: trial, plan, group, ...places }, signal, options),
    );
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
    return await use({ result, files });
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
