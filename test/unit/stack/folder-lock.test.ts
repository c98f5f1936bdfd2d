import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { withFolderLock } from '../../../src/stack/folder-lock.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

const lockModule = join(import.meta.dirname, '../../../src/stack/folder-lock.ts');

test('holders of one lock follow each other, also in one process', async () => {
  const folder = await scratchFolder();
  const running = { now: 0, most: 0, done: 0 };
  const work = async (): Promise<void> => {
    running.most = Math.max(running.most, ++running.now);
    await new Promise((resolve) => setImmediate(resolve));
    running.now--;
    running.done++;
  };
  await Promise.all([1, 2, 3].map(() => withFolderLock(folder, 10_000, () => undefined, work)));
  expect(running).toEqual({ now: 0, most: 1, done: 3 });
});

test('a lock that another process holds is refused after the timeout, and free once that process has died', async () => {
  const folder = await scratchFolder();
  const program = `const { withFolderLock } = await import(${JSON.stringify(lockModule)});
    await withFolderLock(${JSON.stringify(folder)}, 1000, () => {}, () => { console.log('held'); return new Promise(() => setInterval(() => {}, 1000)); });`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');
  await expect(
    withFolderLock(
      folder,
      200,
      () => undefined,
      () => Promise.resolve(),
    ),
  ).rejects.toThrow(/Another process has held .*lock\.sqlite for more than 0\.2 s/);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  expect(
    await withFolderLock(
      folder,
      5_000,
      () => undefined,
      () => Promise.resolve('mine'),
    ),
  ).toBe('mine');
});

test('a lock is free again after work that failed', async () => {
  const folder = await scratchFolder();
  const failing = withFolderLock(
    folder,
    1_000,
    () => undefined,
    () => Promise.reject(new Error('broken')),
  );
  await expect(failing).rejects.toThrow('broken');
  expect(
    await withFolderLock(
      folder,
      0,
      () => undefined,
      () => Promise.resolve(1),
    ),
  ).toBe(1);
});
