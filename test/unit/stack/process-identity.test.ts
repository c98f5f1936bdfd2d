import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { identifyProcess, isRunning } from '../../../src/stack/process-identity.ts';

test('a running process is recognised, and no longer once it has ended', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
  await once(child, 'spawn');
  const identity = await identifyProcess(child.pid ?? 0);
  expect(identity?.pid).toBe(child.pid);
  expect(await isRunning(identity!)).toBe(true);
  child.stdin.end();
  await once(child, 'exit');
  expect(await isRunning(identity!)).toBe(false);
});

test('another process with the same pid is not taken for ours', async () => {
  const self = await identifyProcess(process.pid);
  expect(await isRunning(self!)).toBe(true);
  expect(await isRunning({ pid: process.pid, startMark: 'an earlier start' })).toBe(false);
});
