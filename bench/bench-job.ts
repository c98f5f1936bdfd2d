import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { JobDocument } from '../src/model/job/job-input.ts';
import type { JobSpec } from '../src/model/job/job-spec.ts';
import { loadJob } from '../src/spec/load-job.ts';
import type { BenchMode } from './measurement.ts';

export const benchJobsFolder = join(import.meta.dirname, 'jobs');

export interface BenchJobSettings {
  readonly bootstrapServers: string;
  readonly topic: string;
  readonly maxOffsetsPerTrigger: number;
  /** The folder of its tables. */
  readonly lake: string;
}

/** The variables that the bench's job files refer to. */
export function benchEnvironment(settings: BenchJobSettings): Record<string, string> {
  return {
    KAFKA_BOOTSTRAP_SERVERS: settings.bootstrapServers,
    BENCH_TOPIC: settings.topic,
    BENCH_MAX_OFFSETS: String(settings.maxOffsetsPerTrigger),
    LAKE_PATH: settings.lake,
  };
}

/** The job as its worker will run it. */
export function loadBenchJob(mode: BenchMode, settings: BenchJobSettings): JobSpec {
  return loadJob(`bench-${mode}`, { jobsFolder: benchJobsFolder, env: benchEnvironment(settings) });
}

/** The job as it is handed to Temporal: a whole document, whose references the worker fills in. */
export async function readBenchJob(mode: BenchMode): Promise<JobDocument> {
  const document: unknown = parse(await readFile(join(benchJobsFolder, `bench-${mode}.yaml`), 'utf8'));
  return z.record(z.string(), z.unknown()).parse(document);
}
