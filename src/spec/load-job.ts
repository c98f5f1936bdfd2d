import { isJobReference, type JobInput } from '../model/job/job-input.ts';
import type { JobSpec } from '../model/job/job-spec.ts';
import type { Environment } from './document/environment.ts';
import { readJobFile } from './document/job-file.ts';
import { parseInlineJob, parseJob } from './parse-job.ts';

export interface LoadJobOptions {
  /** The folder of the job files. */
  readonly jobsFolder: string;
  /** Environment variables, for references and defaults. */
  readonly env: Environment;
  /** Where relative paths begin; the process's working folder unless given. */
  readonly workingFolder?: string;
}

/**
 * The job that a workflow's input stands for: by name, by name with an environment and overrides, or whole and inline.
 * @throws BronzeError `SPEC_NOT_FOUND`, or `SPEC_INVALID` that lists all that is wrong.
 */
export function loadJob(input: JobInput, options: LoadJobOptions): JobSpec {
  const { jobsFolder, env, workingFolder } = options;
  if (typeof input !== 'string' && !isJobReference(input)) return parseInlineJob(input, { env, workingFolder });
  const reference = typeof input === 'string' ? { job: input } : input;
  const { fileName, text } = readJobFile(reference.job, jobsFolder);
  const { environment, overrides } = reference;
  return parseJob(text, { fileName, environment, overrides, env, workingFolder });
}
