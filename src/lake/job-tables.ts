import { dirname } from 'node:path';
import { parseAppId } from '../model/table/app-id.ts';
import { pathForTopic, type JobSpec } from '../model/job/job-spec.ts';
import type { OutputSpec } from '../model/outputs/output-spec.ts';
import { findTables } from './lake-root.ts';
import { openTableIfExists } from './table/open-table.ts';

/** A table that a job writes; it may not exist yet. */
export interface JobTable {
  readonly root: string;
  readonly role: 'rows' | 'output' | 'deadLetters';
  /** The columns by which a row is known again when the job replaces it; none where it only appends. */
  readonly key: readonly string[];
}

/** The tables of a job, those of its rows first, and those of dead letters last. */
export async function jobTables(spec: JobSpec): Promise<readonly JobTable[]> {
  const topics = await topicsOf(spec);
  const rootsOf = (path: string): string[] => [...new Set(topics.map((topic) => pathForTopic(path, topic)))];
  return [
    ...rootsOf(spec.table.path).map((root): JobTable => ({ root, role: 'rows', key: [] })),
    ...(spec.outputs ?? []).flatMap((output) =>
      rootsOf(output.path).map((root): JobTable => ({ root, role: 'output', key: keyOf(output) })),
    ),
    ...rootsOf(spec.deadLetter.path).map((root): JobTable => ({ root, role: 'deadLetters', key: [] })),
  ];
}

function keyOf(output: OutputSpec): readonly string[] {
  switch (output.kind) {
    case 'aggregate':
      if (output.mode === 'append') return [];
      return [...(output.window ? ['window_start'] : []), ...output.groupBy];
    case 'changes':
      return [];
    case 'merge':
      return output.key;
  }
}

/** Which topics a pattern has matched only the lake can tell: the log of a table has the offsets of its topics. */
async function topicsOf({ name, source, table }: JobSpec): Promise<readonly string[]> {
  if (source.topics.kind === 'list') return source.topics.topics;
  const topics = new Set<string>();
  for (const { root } of await findTables(dirname(table.path))) {
    const found = await openTableIfExists(root);
    for (const appId of found?.state.txns.keys() ?? []) {
      const owner = parseAppId(appId);
      if (owner?.job === name) topics.add(owner.topic);
    }
  }
  return [...topics].toSorted();
}
