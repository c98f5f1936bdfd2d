import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { BronzeError } from '../errors.ts';
import { checkJobPipeline } from '../ingest/check-pipeline.ts';
import type { JobSpec } from '../model/job-spec.ts';
import type { Environment } from '../spec/environment.ts';
import { listJobs, readJobFile, type JobFile } from '../spec/job-file.ts';
import { checkJobText, environmentsOf } from '../spec/parse-job.ts';
import { formatProblem, type SpecProblem } from '../spec/spec-problem.ts';

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
  const named = jobs.length > 0 ? jobs : listJobs(options.jobsFolder);
  if (named.length === 0) throw new BronzeError('SPEC_NOT_FOUND', `${options.jobsFolder} has no job files`);
  const reports: JobReport[] = [];
  for (const job of named) reports.push(...(await validateJob(job, options)));
  return reports;
}

async function validateJob(job: string, options: ValidateOptions): Promise<readonly JobReport[]> {
  let file: JobFile;
  try {
    file = isPath(job) ? readFileAt(job) : readJobFile(job, options.jobsFolder);
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
  const problems = await pipelineProblems(verdict.spec);
  return problems.length === 0 ? { ...about, problems, spec: verdict.spec } : { ...about, problems };
}

/** What the pipeline's compiler and the engine refuse beyond the rules of the file: SQL that cannot run. */
async function pipelineProblems(spec: JobSpec): Promise<readonly SpecProblem[]> {
  try {
    await checkJobPipeline(spec);
    return [];
  } catch (error) {
    if (error instanceof BronzeError) return [{ path: ['steps'], message: error.message }];
    throw error;
  }
}

function isPath(job: string): boolean {
  return job.endsWith('.yaml') || job.includes('/') || job.includes(path.sep);
}

function readFileAt(file: string): JobFile {
  if (!existsSync(file)) throw new BronzeError('SPEC_NOT_FOUND', `there is no file ${file}`);
  return { fileName: file, text: readFileSync(file, 'utf8') };
}
