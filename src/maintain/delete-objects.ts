import type { ObjectEntry, ObjectStore } from '../storage/object-store.ts';

/** Few, so that whoever interrupts a clean-up leaves a log that begins at one place. */
export const deletesAtATime = 8;

/** Deletes objects of a store in this order, several at a time. */
export async function deleteObjects(
  store: ObjectStore,
  objects: readonly ObjectEntry[],
  signal: AbortSignal,
): Promise<void> {
  for (let at = 0; at < objects.length; at += deletesAtATime) {
    signal.throwIfAborted();
    await Promise.all(objects.slice(at, at + deletesAtATime).map(({ path }) => store.delete(path)));
  }
}
