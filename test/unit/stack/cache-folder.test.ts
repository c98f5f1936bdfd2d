import { readdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cachedFolder, cacheFolder } from '../../../src/stack/cache-folder.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

test('the cache lies where the environment says, else in the cache folder of the user', () => {
  expect(cacheFolder({ KAFKA_BRONZE_CACHE: '/c', XDG_CACHE_HOME: '/x' })).toBe('/c');
  expect(cacheFolder({ XDG_CACHE_HOME: '/x' })).toBe(join('/x', 'kafka-bronze'));
  expect(cacheFolder({})).toBe(join(homedir(), '.cache', 'kafka-bronze'));
});

test('a folder of the cache appears whole or not at all, and is filled once', async () => {
  const cache = await scratchFolder();
  const broken = cachedFolder(cache, 'tool-1', async (folder) => {
    await writeFile(join(folder, 'half'), '');
    throw new Error('no network');
  });
  await expect(broken).rejects.toThrow('no network');
  expect(await readdir(cache)).toEqual([]);

  const filled = await cachedFolder(cache, 'tool-1', (folder) => writeFile(join(folder, 'whole'), ''));
  const again = await cachedFolder(cache, 'tool-1', () => Promise.reject(new Error('filled twice')));
  expect(again).toBe(filled);
  expect(await readdir(filled)).toEqual(['whole']);
});
