import { randomUUID } from 'node:crypto';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Where servers are kept once fetched: outside the checkout, so that every clone shares them. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env['KAFKA_BRONZE_CACHE']) return env['KAFKA_BRONZE_CACHE'];
  if (env['XDG_CACHE_HOME']) return join(env['XDG_CACHE_HOME'], 'kafka-bronze');
  return join(homedir(), '.cache', 'kafka-bronze');
}

/**
 * The folder `name` of the cache, filled by `fill` when it is not there. It appears whole or not at all: `fill` works
 * in a folder beside it that is renamed when it is done. The caller holds the lock of the cache.
 */
export async function cachedFolder(
  cache: string,
  name: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const target = join(cache, name);
  if (await exists(target)) return target;
  const staging = join(cache, `${name}.${randomUUID()}.partial`);
  try {
    await mkdir(staging, { recursive: true });
    await fill(staging);
    await mkdir(dirname(target), { recursive: true });
    await rename(staging, target);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return target;
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
