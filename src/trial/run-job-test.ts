import { BronzeError } from '../errors.ts';
import { addDrops, type Drops } from '../model/batch/batch.ts';
import type { JobSpec } from '../model/job/job-spec.ts';
import type { ExpectedOutput, JobTest } from '../model/job/job-test.ts';
import { compareDeadLetters, compareDrops, compareRows, type TestDifference } from './compare-outcome.ts';
import { compareOutput } from './compare-output.ts';
import { rangesOf, readerOf } from './given-records.ts';
import { runTrial } from './run-trial.ts';
import type { TrialOutput } from './trial-output.ts';

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
  const differences = await runTrial(
    {
      spec: withNamedOutputs(spec, expected.outputs),
      topic,
      ranges: rangesOf(topic, records),
      plannedAtMs: ingestedAtMs,
    },
    { openReader: () => readerOf(records) },
    signal,
    async ({ result, files, outputs }) => [
      ...compareRows(files.columns, expected.rows, await files.rows()),
      ...compareDeadLetters(expected.deadLetters, await files.deadLetters()),
      ...compareDrops(
        expected.drops,
        result.counts.reduce((sum: Drops, { drops }) => addDrops(sum, drops), {}),
      ),
      ...expected.outputs.flatMap((wanted) => differencesOf(wanted, spec, outputs)),
    ],
  );
  const durationMs = Math.round(performance.now() - startedAt);
  return { name: test.name, passed: differences.length === 0, differences, durationMs };
}

/** The others would take time, and nobody asks for them. */
function withNamedOutputs({ outputs = [], ...spec }: JobSpec, expected: readonly ExpectedOutput[]): JobSpec {
  const wanted = outputs.filter((output) => expected.some(({ name }) => name === output.name));
  return wanted.length === 0 ? spec : { ...spec, outputs: wanted };
}

function differencesOf(
  expected: ExpectedOutput,
  { outputs: specs = [] }: JobSpec,
  outputs: readonly TrialOutput[],
): readonly TestDifference[] {
  const output = outputs.find(({ name }) => name === expected.name);
  if (output === undefined) throw new BronzeError('INTERNAL', `a trial without the output ${expected.name}`);
  const spec = specs.find(({ name }) => name === expected.name);
  // Of the job itself: a trial has the windows that are open as well.
  const isAppending = spec?.kind === 'aggregate' && spec.mode === 'append';
  return compareOutput(expected, output, isAppending ? output.rows.filter(({ isFinal }) => isFinal) : output.rows);
}
