import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { BronzeError } from '../errors.ts';
import { listJobs, readJobFile, type JobFile } from '../spec/document/job-file.ts';

/** The jobs that are named, or all of the folder. Throws SPEC_NOT_FOUND where the folder has none. */
export function namedJobs(jobs: readonly string[], jobsFolder: string): readonly string[] {
  const named = jobs.length > 0 ? jobs : listJobs(jobsFolder);
  if (named.length === 0) throw new BronzeError('SPEC_NOT_FOUND', `${jobsFolder} has no job files`);
  return named;
}

/** The file of a job, by its name or by the file's path. Throws SPEC_NOT_FOUND. */
export function readNamedJob(job: string, jobsFolder: string): JobFile {
  return isPath(job) ? readFileAt(job) : readJobFile(job, jobsFolder);
}

/** Does a person mean a file, and not the name of a job? */
export function isPath(job: string): boolean {
  return job.endsWith('.yaml') || job.includes('/') || job.includes(path.sep);
}

function readFileAt(file: string): JobFile {
  if (!existsSync(file)) throw new BronzeError('SPEC_NOT_FOUND', `there is no file ${file}`);
  return { fileName: file, text: readFileSync(file, 'utf8') };
}
