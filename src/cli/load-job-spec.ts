import { pinSchema } from '../ingest/schema/pin-schema.ts';
import type { JobDocument } from '../model/job-input.ts';
import type { JobSpec } from '../model/job-spec.ts';
import { overridesFromFlags } from '../spec/flag-overrides.ts';
import { loadJob } from '../spec/load-job.ts';
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

/** The job as a worker would run it that was started with the same flags. Rejects as `loadJob` throws. */
export async function loadJobSpec(job: string, flags: JobFlags = {}): Promise<JobSpec> {
  const { environment, jobsFolder = packagedJobsFolder } = flags;
  const overrides: JobDocument = overridesFromFlags(flags);
  const input = { job, ...(environment === undefined ? {} : { environment }), overrides };
  return loadJob(input, { jobsFolder, env: await localEnvironment() });
}

/** The same, also by the path of a job's file, and with the schema of its values. */
export async function loadNamedJobSpec(job: string, flags: JobFlags = {}): Promise<JobSpec> {
  const { environment, jobsFolder = packagedJobsFolder } = flags;
  const { fileName, text } = readNamedJob(job, jobsFolder);
  const overrides: JobDocument = overridesFromFlags(flags);
  const env = await localEnvironment();
  return pinSchema(parseJob(text, { fileName, environment, overrides, env }), { env });
}
