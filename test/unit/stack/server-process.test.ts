import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isRunning, type ProcessIdentity } from '../../../src/stack/process-identity.ts';
import { endProcess, startDetached, waitUntilReady } from '../../../src/stack/server-process.ts';
import { waitUntil } from '../../../src/stack/wait-until.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

test('a server that ends while it starts is reported at once, with the end of its log', async () => {
  const { identity, logFile } = await start(`console.error('bad option: colour'); process.exit(1)`);
  const ready = waitUntilReady('Kafka', identity, () => Promise.reject(new Error('refused')), {
    timeoutMs: 120_000,
    logFile,
  });
  await expect(ready).rejects.toThrow(/Kafka ended while it started\. The end of its log .*bad option: colour/s);
});

test('a server that does not answer in time is reported with the last error and the end of its log', async () => {
  const { identity, logFile } = await start(`console.log('waiting for a friend'); setInterval(() => {}, 1000)`);
  await logged(logFile, 'waiting');
  const ready = waitUntilReady('Temporal', identity, () => Promise.reject(new Error('refused')), {
    timeoutMs: 300,
    logFile,
  });
  await expect(ready).rejects.toThrow(/Temporal did not answer within 0\.3 s \(refused\)\..*waiting for a friend/s);
});

test('a server is ready as soon as it answers', async () => {
  const { identity, logFile } = await start(`console.log('up'); setInterval(() => {}, 1000)`);
  const probe = async (): Promise<void> => {
    if (!(await readFile(logFile, 'utf8')).includes('up')) throw new Error('not yet');
  };
  await waitUntilReady('Kafka', identity, probe, { timeoutMs: 120_000, logFile });
});

test('a server that ignores the polite signal is ended by force', async () => {
  const { identity, logFile } = await start(
    `process.on('SIGTERM', () => undefined); console.log('up'); setInterval(() => {}, 1000)`,
  );
  await logged(logFile, 'up');
  await endProcess(identity, 300);
  expect(await isRunning(identity)).toBe(false);
});

test('a server that takes its time to end is given it', async () => {
  const { identity, logFile } = await start(
    `process.on('SIGTERM', () => { console.log('gone'); process.exit(); }); console.log('up'); setInterval(() => {}, 1000)`,
  );
  await logged(logFile, 'up');
  await endProcess(identity, 60_000);
  expect(await isRunning(identity)).toBe(false);
  expect(await readFile(logFile, 'utf8')).toContain('gone');
});

test('a process that only has the pid of an ended server is left alone', async () => {
  const { identity } = await start(`setInterval(() => {}, 1000)`);
  await endProcess({ pid: identity.pid, startMark: 'an earlier start' }, 1_000);
  expect(await isRunning(identity)).toBe(true);
});

test('a program that does not exist is named', async () => {
  const folder = await scratchFolder();
  const started = startDetached({
    program: '/nowhere/kafka',
    arguments: [],
    cwd: folder,
    logFile: join(folder, 'log'),
  });
  await expect(started).rejects.toThrow('/nowhere/kafka did not start');
});

async function start(script: string): Promise<{ readonly identity: ProcessIdentity; readonly logFile: string }> {
  const folder = await scratchFolder();
  const logFile = join(folder, 'server.log');
  const identity = await startDetached({ program: process.execPath, arguments: ['-e', script], cwd: folder, logFile });
  onTestFinished(() => endProcess(identity, 0));
  return { identity, logFile };
}

async function logged(logFile: string, text: string): Promise<void> {
  const seen = await waitUntil(async () => (await readFile(logFile, 'utf8')).includes(text), { timeoutMs: 120_000 });
  expect(seen).toBe(true);
}
