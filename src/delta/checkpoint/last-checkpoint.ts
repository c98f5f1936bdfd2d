import { z } from 'zod';
import type { ObjectStore } from '../../storage/object-store.ts';
import { lastCheckpointPath } from '../log-path.ts';

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
