import { BronzeError } from '../errors.ts';
import type { FoundTable } from '../lake/lake-root.ts';
import { findTable } from '../lake/table/open-table.ts';
import { pathForTopic } from '../model/job/job-spec.ts';
import { loadJobSpec } from './load-job-spec.ts';

/**
 * The table that a person means: a table of the lake, a path, or the one table of a job.
 * @throws BronzeError `TABLE_NOT_FOUND`; `USAGE` for a job that writes several tables.
 */
export async function findTableOrJob(name: string, lake: string): Promise<FoundTable> {
  try {
    return await findTable(name, lake);
  } catch (tableError) {
    const spec = await loadJobSpec(name).catch(() => undefined);
    if (spec === undefined) throw tableError;
    const topics = spec.source.topics.kind === 'list' ? spec.source.topics.topics : [];
    const paths = new Set(topics.map((topic) => pathForTopic(spec.table.path, topic)));
    const [path] = paths;
    if (path !== undefined && paths.size === 1) return findTable(path, lake);
    const names = [...paths].join(', ') || spec.table.path;
    throw new BronzeError('USAGE', `the job ${name} writes several tables; name one: ${names}`);
  }
}
