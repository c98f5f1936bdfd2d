import { readHead } from '../../src/ingest/outputs/output-head.ts';
import { loadState } from '../../src/lake/table/table-log.ts';
import { tableHistory } from '../../src/lake/notes/table-history.ts';
import { openObjectStore } from '../../src/storage/open-object-store.ts';
import type { StateBatch } from '../measurement.ts';

/** What the logs of a job's table and of its output say of each batch. */
export async function ourStateBatches(tableRoot: string, outputRoot: string): Promise<readonly StateBatch[]> {
  const tookMs = await durations(tableRoot);
  const store = openObjectStore(outputRoot);
  const state = await loadState(store);
  if (!state) return [];
  const batches: StateBatch[] = [];
  const known = new Set<string>();
  const commits = [];
  for await (const commit of tableHistory({ store, state })) commits.unshift(commit);
  for (const { version, note } of commits) {
    if (note.kind !== 'note' || note.note.kind !== 'outputBatch') continue;
    const { job, topic, batch, counts, open } = note.note;
    const head = readHead(await loadState(store, { version }), { job, topic }, outputRoot);
    const written = (head?.stateFiles ?? []).filter(({ path }) => !known.has(path));
    for (const { path } of written) known.add(path);
    batches.push({
      records: counts.taken,
      milliseconds: tookMs.get(batch) ?? 0,
      open,
      stateBytes: written.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    });
  }
  return batches;
}

/** From plan to commit, by batch. */
async function durations(tableRoot: string): Promise<ReadonlyMap<number, number>> {
  const store = openObjectStore(tableRoot);
  const state = await loadState(store);
  const tookMs = new Map<number, number>();
  if (!state) return tookMs;
  for await (const { note, commitInfo } of tableHistory({ store, state })) {
    if (note.kind !== 'note' || note.note.kind !== 'batch') continue;
    tookMs.set(note.note.batch, Number(commitInfo?.operationMetrics?.['durationMs'] ?? 0));
  }
  return tookMs;
}
