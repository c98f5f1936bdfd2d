import { setTimeout as delay } from 'node:timers/promises';
import { BronzeError } from '../errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';

const attempts = 5;
const retryDelayMs = 200;

/**
 * Writes a file unless it is there already: whoever reads it back afterwards sees what the first writer wrote. Throws
 * STORAGE_UNAVAILABLE while it is unclear whether it is there.
 */
export async function createJson(store: ObjectStore, path: string, value: unknown): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(value));
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await store.putIfAbsent(path, bytes);
    if (outcome.kind !== 'unknown') return;
    if (attempt === attempts) {
      throw new BronzeError('STORAGE_UNAVAILABLE', `writing ${store.root}/${path}`, { cause: outcome.cause });
    }
    await delay(retryDelayMs);
  }
}
