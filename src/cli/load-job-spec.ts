import { pinSchema } from '../ingest/schema/pin-schema.ts';
import type { JobDocument } from '../model/job/job-input.ts';
import type { JobSpec } from '../model/job/job-spec.ts';
import { overridesFromFlags } from '../spec/document/flag-overrides.ts';
import { parseJob } from '../spec/parse-job.ts';
import { packagedJobsFolder } from '../worker-settings.ts';
import { localEnvironment } from './local-environment.ts';
import { readNamedJob } from './named-job-files.ts';

export interface JobFlags {
  readonly environment?: string;
  readonly jobsFolder?: string;
  readonly kafkaBrokers?: string;
  readonly kafkaTopic?: string;
  readonly outputPath?: string;
  readonly dlqPath?: string;
}

/** A job by its name, or by its file's path, as a worker would run it that was started with the same flags. Rejects as `parseJob` throws. */
export async function loadJobSpec(job: string, flags: JobFlags = {}): Promise<JobSpec> {
  const { environment, jobsFolder = packagedJobsFolder } = flags;
  const { fileName, text } = readNamedJob(job, jobsFolder);
  const overrides: JobDocument = overridesFromFlags(flags);
  return parseJob(text, { fileName, environment, overrides, env: await localEnvironment() });
}

/** The same with the schemas of its values and keys. */
export async function loadPinnedJobSpec(job: string, flags: JobFlags = {}): Promise<JobSpec> {
  return pinSchema(await loadJobSpec(job, flags), { env: await localEnvironment() });
}
