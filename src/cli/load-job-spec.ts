import type { JobDocument } from '../model/job-input.ts';
import type { JobSpec } from '../model/job-spec.ts';
import { overridesFromFlags } from '../spec/flag-overrides.ts';
import { loadJob } from '../spec/load-job.ts';
import { packagedJobsFolder } from '../worker-settings.ts';
import { localEnvironment } from './local-environment.ts';

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
