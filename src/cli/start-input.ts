import type { JobDocument, JobInput } from '../model/job/job-input.ts';
import type { JobSpec } from '../model/job/job-spec.ts';
import { overridesFromFlags, type JobFlags } from '../spec/document/flag-overrides.ts';
import { inlineJob, parseJob } from '../spec/parse-job.ts';
import { localEnvironment } from './local-environment.ts';
import { isPath, readNamedJob } from './named-job-files.ts';

export interface StartFlags extends JobFlags {
  readonly environment?: string;
  readonly jobsFolder: string;
}

/**
 * What a job's workflow is given, and the job as it is here. A name is for the worker to look up among its own job files;
 * of a path the worker knows nothing, so the file's job goes along whole.
 * @throws BronzeError SPEC_NOT_FOUND, SPEC_INVALID.
 */
export async function startInput(
  job: string,
  flags: StartFlags,
): Promise<{ readonly input: JobInput; readonly spec: JobSpec }> {
  const { environment } = flags;
  const { fileName, text } = readNamedJob(job, flags.jobsFolder);
  const overrides: JobDocument = overridesFromFlags(flags);
  const options = { fileName, environment, overrides, env: await localEnvironment() };
  const spec = parseJob(text, options);
  if (isPath(job)) return { input: inlineJob(text, options), spec };
  const hasOverrides = Object.keys(overrides).length > 0;
  if (environment === undefined && !hasOverrides) return { input: job, spec };
  const layers = { ...(environment === undefined ? {} : { environment }), ...(hasOverrides ? { overrides } : {}) };
  return { input: { job, ...layers }, spec };
}
