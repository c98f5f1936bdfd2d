import type { JobSpec } from '../model/job-spec.ts';
import { loadJob } from '../spec/load-job.ts';
import { packagedJobsFolder } from '../worker-settings.ts';

export interface JobFlags {
  readonly environment?: string;
  readonly jobsFolder?: string;
}

/** The job as a worker would run it. Async so that a wrong name rejects and does not throw. */
export async function loadJobSpec(job: string, flags: JobFlags = {}): Promise<JobSpec> {
  const input = flags.environment === undefined ? job : { job, environment: flags.environment };
  return Promise.resolve().then(() =>
    loadJob(input, { jobsFolder: flags.jobsFolder ?? packagedJobsFolder, env: process.env }),
  );
}
