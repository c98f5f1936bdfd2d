import { dirname } from 'node:path';
import { pathForTopic, type JobSpec } from '../model/job-spec.ts';
import type { CommitNote } from '../model/commit-note.ts';
import { openObjectStore } from '../storage/open-object-store.ts';
import { findTables } from './lake-root.ts';
import { tableHistory } from './table-history.ts';
import { loadState } from './table-log.ts';

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
  const commits = await Promise.all([...(await tableRoots(spec))].map((root) => tableCommits(spec, root, limit)));
  return commits
    .flat()
    .toSorted((left, right) => right.timestampMs - left.timestampMs || right.version - left.version)
    .slice(0, limit);
}

/** Which topics a pattern has matched only the lake can tell: then all tables beside the job's are looked at. */
async function tableRoots(spec: JobSpec): Promise<ReadonlySet<string>> {
  const { topics } = spec.source;
  if (topics.kind === 'list') return new Set(topics.topics.map((topic) => pathForTopic(spec.table.path, topic)));
  const tables = await findTables(dirname(spec.table.path));
  return new Set(tables.map(({ root }) => root));
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
