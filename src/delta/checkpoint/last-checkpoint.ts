import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ObjectStore } from '../../storage/object-store.ts';
import { lastCheckpointPath } from '../log/log-path.ts';

/** What `_last_checkpoint` says (PROTOCOL.md, Last Checkpoint File). */
export interface CheckpointHint {
  readonly version: number;
  /** Actions in the checkpoint. */
  readonly size: number;
  readonly sizeInBytes: number;
  readonly numOfAddFiles: number;
}

const hintSchema = z.object({ version: z.int().nonnegative() });

/** The version in `_last_checkpoint`, if it can be read and says one. It may be stale, or wrong. */
export async function readCheckpointHint(store: ObjectStore): Promise<{ readonly version: number } | undefined> {
  const bytes = await store.get(lastCheckpointPath);
  if (!bytes) return undefined;
  try {
    return hintSchema.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Written after the checkpoint itself: who reads the hint before finds the older one, which is as true. */
export async function writeCheckpointHint(store: ObjectStore, hint: CheckpointHint): Promise<void> {
  const { version, size, sizeInBytes, numOfAddFiles } = hint;
  const fields = { version, size, sizeInBytes, numOfAddFiles };
  const checksum = createHash('md5').update(canonicalText(fields)).digest('hex');
  await store.put(lastCheckpointPath, Buffer.from(JSON.stringify({ ...fields, checksum })));
}

/** PROTOCOL.md, JSON checksum: `"key"=value` for each field in the order of keys, joined by commas. */
function canonicalText(fields: Readonly<Record<string, number>>): string {
  return Object.keys(fields)
    .toSorted()
    .map((key) => `"${key}"=${String(fields[key])}`)
    .join(',');
}
