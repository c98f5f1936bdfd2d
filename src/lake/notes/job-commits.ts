import type { JobSpec } from '../../model/job/job-spec.ts';
import type { CommitNote } from '../../model/table/commit-note.ts';
import { openObjectStore } from '../../storage/open-object-store.ts';
import { jobTables } from '../job-tables.ts';
import { tableHistory } from './table-history.ts';
import { loadState } from '../table/table-log.ts';

/** A commit of a job, in one of its tables. */
export interface JobCommit {
  readonly table: string;
  readonly version: number;
  readonly timestampMs: number;
  readonly note: CommitNote;
  readonly metrics: Readonly<Record<string, unknown>>;
}

/** The newest commits of a job over all its tables, newest first. */
export async function jobCommits(spec: JobSpec, limit: number): Promise<readonly JobCommit[]> {
  const tables = (await jobTables(spec)).filter(({ role }) => role === 'rows');
  const commits = await Promise.all(tables.map(({ root }) => tableCommits(spec, root, limit)));
  return commits
    .flat()
    .toSorted((left, right) => right.timestampMs - left.timestampMs || right.version - left.version)
    .slice(0, limit);
}

async function tableCommits(spec: JobSpec, root: string, limit: number): Promise<readonly JobCommit[]> {
  const store = openObjectStore(root);
  const state = await loadState(store);
  const commits: JobCommit[] = [];
  if (!state) return commits;
  for await (const { version, timestampMs, note, commitInfo } of tableHistory({ store, state })) {
    if (commits.length === limit) break;
    if (note.kind !== 'note' || note.note.job !== spec.name) continue;
    commits.push({ table: root, version, timestampMs, note: note.note, metrics: commitInfo?.operationMetrics ?? {} });
  }
  return commits;
}
