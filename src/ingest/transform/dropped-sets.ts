import { randomUUID } from 'node:crypto';
import type { DroppedOffsets, DroppedSet } from '../../model/batch/dropped-offsets.ts';
import type { ObjectStore } from '../../storage/object-store.ts';

/** What one share of a batch may add to a workflow's history and to the commit's note. */
const mostInlineCharacters = 2048;

/**
 * Puts the sets of a share into a file under `_dropped/` where they are long. Delta readers and VACUUM pass over such
 * folders, and the file stays as long as the table: the commit's note names it. Gives `undefined` where there are none.
 */
export async function packDroppedSets(
  store: ObjectStore,
  sets: readonly DroppedSet[],
): Promise<DroppedOffsets | undefined> {
  if (sets.length === 0) return undefined;
  const json = JSON.stringify(sets);
  if (json.length <= mostInlineCharacters) return { kind: 'inline', sets };
  const path = `_dropped/${randomUUID()}.json`;
  await store.put(path, Buffer.from(json));
  return { kind: 'listed', path };
}
