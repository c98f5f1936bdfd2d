import path from 'node:path';
import { BronzeError } from '../errors.ts';
import { pinSchema } from '../ingest/schema/pin-schema.ts';
import type { JobSpec } from '../model/job/job-spec.ts';
import type { JobTest } from '../model/job/job-test.ts';
import type { Environment } from '../spec/document/environment.ts';
import type { JobFile } from '../spec/document/job-file.ts';
import { checkJobText } from '../spec/parse-job.ts';
import type { SpecProblem } from '../spec/document/spec-problem.ts';
import { testsOfJob } from '../trial/tests-of-job.ts';
import { runJobTest, type TestResult } from '../trial/run-job-test.ts';
import { namedJobs, readNamedJob } from './named-job-files.ts';

/** What the tests of one job came to. */
export interface JobTestReport {
  readonly job: string;
  readonly file?: string;
  /** Why no test of the job could be run. */
  readonly problems: readonly SpecProblem[];
  readonly results: readonly TestResult[];
}

export interface TestJobsOptions {
  readonly jobsFolder: string;
  readonly env: Environment;
  readonly environment?: string | undefined;
  readonly signal: AbortSignal;
}

/** Runs the tests of jobs by name or by the path of their file; of all jobs of the folder when none is named. */
export async function* testJobs(jobs: readonly string[], options: TestJobsOptions): AsyncGenerator<JobTestReport> {
  for (const job of namedJobs(jobs, options.jobsFolder)) yield await testJob(job, options);
}

async function testJob(job: string, options: TestJobsOptions): Promise<JobTestReport> {
  let file: JobFile;
  let tested: TestedFile;
  try {
    file = readNamedJob(job, options.jobsFolder);
    tested = await readTestedFile(file, options);
  } catch (error) {
    if (!(error instanceof BronzeError)) throw error;
    return { job, problems: [{ path: [], message: error.message }], results: [] };
  }
  const about = { job: path.basename(file.fileName, '.yaml'), file: file.fileName };
  if (!tested.ok) return { ...about, problems: tested.problems, results: [] };
  const results: TestResult[] = [];
  try {
    for (const test of tested.tests) results.push(await runJobTest(tested.spec, test, options.signal));
  } catch (error) {
    // Wrong SQL and missing keys show when the first record is to be transformed; the other jobs are tested all the same.
    if (!(error instanceof BronzeError) || error.retryable) throw error;
    return { ...about, problems: [{ path: ['steps'], message: error.message }], results };
  }
  return { ...about, problems: [], results };
}

type TestedFile =
  | { readonly ok: true; readonly spec: JobSpec; readonly tests: readonly JobTest[] }
  | { readonly ok: false; readonly problems: readonly SpecProblem[] };

async function readTestedFile({ fileName, text }: JobFile, { environment, env }: TestJobsOptions): Promise<TestedFile> {
  const verdict = checkJobText(text, { fileName, environment, env });
  if (!verdict.ok) return verdict;
  const spec = await pinSchema(verdict.spec, { env });
  const tests = testsOfJob(spec, text);
  return tests.ok ? { ok: true, spec, tests: tests.tests } : tests;
}
