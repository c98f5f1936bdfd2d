import { addDrops, type Drops } from '../model/batch.ts';
import type { JobSpec } from '../model/job-spec.ts';
import type { JobTest } from '../model/job-test.ts';
import { compareDeadLetters, compareDrops, compareRows, type TestDifference } from './compare-outcome.ts';
import { rangesOf, readerOf } from './given-records.ts';
import { runTrial } from './run-trial.ts';

export interface TestResult {
  readonly name: string;
  readonly passed: boolean;
  readonly differences: readonly TestDifference[];
  readonly durationMs: number;
}

/** Runs the records of a test through the job's whole pipeline, and compares what becomes of them. Needs no server. */
export async function runJobTest(spec: JobSpec, test: JobTest, signal: AbortSignal): Promise<TestResult> {
  const startedAt = performance.now();
  const { topic, records, expected, ingestedAtMs } = test;
  const { outputs: _, ...withoutOutputs } = spec;
  const differences = await runTrial(
    { spec: withoutOutputs, topic, ranges: rangesOf(topic, records), plannedAtMs: ingestedAtMs },
    { openReader: () => readerOf(records) },
    signal,
    async ({ result, files }) => [
      ...compareRows(files.columns, expected.rows, await files.rows()),
      ...compareDeadLetters(expected.deadLetters, await files.deadLetters()),
      ...compareDrops(
        expected.drops,
        result.counts.reduce((sum: Drops, { drops }) => addDrops(sum, drops), {}),
      ),
    ],
  );
  const durationMs = Math.round(performance.now() - startedAt);
  return { name: test.name, passed: differences.length === 0, differences, durationMs };
}
