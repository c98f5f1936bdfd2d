import path from 'node:path';
import { BronzeError } from '../errors.ts';
import { jobSqlProblems } from '../ingest/transform/check-pipeline.ts';
import { pinSchema } from '../ingest/schema/pin-schema.ts';
import type { JobSpec } from '../model/job/job-spec.ts';
import type { Environment } from '../spec/document/environment.ts';
import type { JobFile } from '../spec/document/job-file.ts';
import { checkJobText, environmentsOf, placeInText } from '../spec/parse-job.ts';
import { formatProblem, type SpecProblem } from '../spec/document/spec-problem.ts';
import { testsOfJob } from '../trial/tests-of-job.ts';
import { namedJobs, readNamedJob } from './named-job-files.ts';

/** What a check of one job, in one of its environments or in none, came to. */
export interface JobReport {
  readonly job: string;
  readonly environment?: string;
  readonly file?: string;
  readonly problems: readonly SpecProblem[];
  /** The job as it would run; absent when there are problems. */
  readonly spec?: JobSpec;
}

export interface ValidateOptions {
  readonly jobsFolder: string;
  readonly env: Environment;
  /** Only this environment; by default the job alone and each of its environments. */
  readonly environment?: string;
}

/** Checks jobs by name or by the path of their file; all jobs of the folder when none is named. */
export async function validateJobs(jobs: readonly string[], options: ValidateOptions): Promise<readonly JobReport[]> {
  const reports: JobReport[] = [];
  for (const job of namedJobs(jobs, options.jobsFolder)) reports.push(...(await validateJob(job, options)));
  return reports;
}

async function validateJob(job: string, options: ValidateOptions): Promise<readonly JobReport[]> {
  let file: JobFile;
  try {
    file = readNamedJob(job, options.jobsFolder);
  } catch (error) {
    if (!(error instanceof BronzeError)) throw error;
    return [{ job, problems: [{ path: [], message: error.message }] }];
  }
  if (options.environment !== undefined) return [await validateText(file, options.environment, options.env)];
  const alone = await validateText(file, undefined, options.env);
  const perEnvironment: JobReport[] = [];
  for (const name of environmentsOf(file.text)) perEnvironment.push(await validateText(file, name, options.env));
  return [alone, ...withoutRepetition(alone, perEnvironment)];
}

/** What is wrong with the job alone is not said again for each environment. */
function withoutRepetition(alone: JobReport, perEnvironment: readonly JobReport[]): readonly JobReport[] {
  const said = new Set(alone.problems.map(formatProblem));
  return perEnvironment
    .map((report) => ({ ...report, problems: report.problems.filter((problem) => !said.has(formatProblem(problem))) }))
    .filter(({ problems, spec }) => spec !== undefined || problems.length > 0);
}

async function validateText(file: JobFile, environment: string | undefined, env: Environment): Promise<JobReport> {
  const { fileName } = file;
  const verdict = checkJobText(file.text, { fileName, environment, env });
  const about = {
    job: path.basename(fileName, '.yaml'),
    ...(environment === undefined ? {} : { environment }),
    file: fileName,
  };
  if (!verdict.ok) return { ...about, problems: verdict.problems };
  const problems = await problemsBeyondRules(verdict.spec, { text: file.text, environment }, env);
  return problems.length === 0 ? { ...about, problems, spec: verdict.spec } : { ...about, problems };
}

/** What the pipeline's compiler and the engine refuse beyond the rules of the file (SQL that cannot run), and wrong tests. */
async function problemsBeyondRules(
  spec: JobSpec,
  written: { readonly text: string; readonly environment: string | undefined },
  env: Environment,
): Promise<readonly SpecProblem[]> {
  const pinned = await problemOf(() => pinSchema(spec, { env }));
  if ('path' in pinned) return [pinned];
  const found = await problemOf(() => jobSqlProblems(pinned));
  const pipeline =
    'path' in found
      ? [found]
      : found.map(({ place, message }) => placeInText(written.text, written.environment, place, message));
  const tests = await problemOf(() => Promise.resolve(testsOfJob(pinned, written.text)));
  // Outputs that do not compile have no columns to hold tests against, and were found above.
  if ('path' in tests) return pipeline.length > 0 ? pipeline : [tests];
  return [...pipeline, ...(tests.ok ? [] : tests.problems)];
}

async function problemOf<T>(check: () => Promise<T>): Promise<T | SpecProblem> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof BronzeError) return { path: ['steps'], message: error.message };
    throw error;
  }
}
