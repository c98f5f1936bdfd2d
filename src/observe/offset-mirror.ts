import type { BatchSummary } from '../model/batch.ts';
import { openObjectStore } from '../storage/open-object-store.ts';

/**
 * Writes a committed batch's offsets under `<checkpointPath>/<topic>/`, where people who know Spark look for them:
 * `offsets/<batch>` has the end offsets, `commits/<batch>` says that they are in the table. Nothing is read back; the
 * table's `txn` actions are the checkpoint.
 */
export async function mirrorOffsets(checkpointPath: string, summary: BatchSummary): Promise<void> {
  const store = openObjectStore(checkpointPath);
  const ends = Object.fromEntries(summary.ranges.map(({ partition, endOffset }) => [partition, Number(endOffset)]));
  const commit = { version: summary.version, rows: summary.rows, deadLetters: summary.deadLetters };
  await store.put(`${summary.topic}/offsets/${String(summary.batch)}`, encode({ [summary.topic]: ends }));
  await store.put(`${summary.topic}/commits/${String(summary.batch)}`, encode(commit));
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value)}\n`);
}
