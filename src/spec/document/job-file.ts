import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { BronzeError, errorMessage } from '../../errors.ts';
import { isJobName } from '../yaml/job-yaml.ts';
import { didYouMean } from '../../model/nearest-name.ts';

const extension = '.yaml';

export interface JobFile {
  /** As messages show it: relative to the working folder where that is shorter. */
  readonly fileName: string;
  readonly text: string;
}

/** The names of the jobs in a folder, sorted; none when there is no such folder. */
export function listJobs(jobsFolder: string): readonly string[] {
  try {
    return readdirSync(jobsFolder)
      .filter((file) => file.endsWith(extension) && isJobName(path.basename(file, extension)))
      .map((file) => path.basename(file, extension))
      .toSorted();
  } catch {
    return [];
  }
}

/** Reads `<jobsFolder>/<name>.yaml`. @throws BronzeError `SPEC_NOT_FOUND` that says which jobs there are. */
export function readJobFile(name: string, jobsFolder: string): JobFile {
  const jobs = listJobs(jobsFolder);
  if (!jobs.includes(name)) throw notFound(name, jobsFolder, jobs);
  const file = path.join(jobsFolder, `${name}${extension}`);
  const relative = path.relative(process.cwd(), file);
  try {
    return { fileName: relative.startsWith('..') ? file : relative, text: readFileSync(file, 'utf8') };
  } catch (cause) {
    throw new BronzeError('SPEC_NOT_FOUND', `${file} cannot be read: ${errorMessage(cause)}`, { cause });
  }
}

function notFound(name: string, jobsFolder: string, jobs: readonly string[]): BronzeError {
  const hint = didYouMean(name, jobs);
  const known = jobs.length === 0 ? 'has no job files' : `has ${jobs.join(', ')}`;
  return new BronzeError('SPEC_NOT_FOUND', `there is no job ${JSON.stringify(name)}${hint} (${jobsFolder} ${known})`);
}
