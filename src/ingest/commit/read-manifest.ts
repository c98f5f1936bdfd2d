import type { Action } from '../../delta/actions.ts';
import { commitInfoOf } from '../../delta/log/commit-entry.ts';
import { dataFilePath } from '../../delta/data-file-path.ts';
import { readCommit } from '../../delta/log/log-reader.ts';
import { recordCount } from '../../delta/record-count.ts';
import type { BatchSummary } from '../../model/batch/batch.ts';
import type { BatchManifest, ManifestFile } from '../../model/batch/batch-manifest.ts';
import type { BatchNote } from '../../model/table/commit-note.ts';
import { pathForTopic, type JobSpec } from '../../model/job/job-spec.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { Connections } from '../connections.ts';

/** What a committed batch added to its table, as the log has it; `undefined` where the log does not reach back so far. */
export async function readManifest(
  connections: Connections,
  spec: JobSpec,
  { topic, batch, ranges, version: newest }: BatchSummary,
): Promise<BatchManifest | undefined> {
  const { store } = connections.table(pathForTopic(spec.table.path, topic));
  // An attempt that found the batch committed already knows only that it is in the table by then.
  for (let version = newest; version >= 0; version--) {
    const entry = await readCommit(store, version);
    if (!entry) return undefined;
    const note = commitInfoOf(entry.actions)?.kafkaBronze as Partial<BatchNote> | undefined;
    if (note?.kind !== 'batch' || note.job !== spec.name || note.topic !== topic || note.batch !== batch) continue;
    return { job: spec.name, topic, batch, version, ranges, files: filesIn(entry.actions, store) };
  }
  return undefined;
}

function filesIn(actions: readonly Action[], store: ObjectStore): readonly ManifestFile[] {
  return actions.flatMap((action) => {
    if (!('add' in action)) return [];
    const path = `${store.root}/${dataFilePath(action.add.path, store.root)}`;
    return [{ path, sizeBytes: action.add.size, recordCount: recordCount(action.add) ?? 0 }];
  });
}
