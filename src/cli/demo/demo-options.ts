import { BronzeError } from '../../errors.ts';
import { didYouMean } from '../../model/nearest-name.ts';
import { sampleTopics, usualTopics, type SampleTopic } from '../../samples/topics.ts';

export interface DemoOptions {
  /** Sample jobs to run. */
  readonly jobs: readonly string[];
  /** Ends once so many sample records are committed and verified; runs until Ctrl-C where absent. */
  readonly records?: number;
  /** Sample records per second; as fast as possible where absent. */
  readonly ratePerSecond?: number;
  readonly seed: number;
}

export const sampleJobs = jobsOf(sampleTopics);
const usualJobs = jobsOf(usualTopics);

function jobsOf(topics: readonly SampleTopic[]): readonly string[] {
  return [...new Set(topics.map(({ job }) => job))];
}

export function topicsOf(jobs: readonly string[]): readonly SampleTopic[] {
  return sampleTopics.filter(({ job }) => jobs.includes(job));
}

/** Throws USAGE for a job that has no samples. */
export function parseJobs(list: string | undefined): readonly string[] {
  if (list === undefined) return usualJobs;
  const jobs = list.split(',').map((job) => job.trim());
  const unknown = jobs.find((job) => !sampleJobs.includes(job));
  if (unknown === undefined) return jobs;
  const guess = didYouMean(unknown, sampleJobs);
  throw new BronzeError('USAGE', `--jobs: no sample job ${unknown}${guess} (there are ${sampleJobs.join(', ')})`);
}
