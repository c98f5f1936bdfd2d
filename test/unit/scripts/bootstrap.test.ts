import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runCommand, type CommandOutcome } from '../../../src/stack/run-command.ts';
import { projectRoot } from '../../../src/stack/project-root.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

test('a fresh clone is installed once, then the entry runs with its arguments and exit code', async () => {
  const clone = await makeClone('console.log(process.argv.slice(2).join(" ")); process.exit(7)');
  const first = await clone.run(['--records', '5']);
  expect(first.exitCode).toBe(7);
  expect(first.output).toMatch(/Installing the packages .*\nInstalled in \d+ s\.\n--records 5\n$/);
  const second = await clone.run(['again']);
  expect(second).toEqual({ exitCode: 7, output: 'again\n' });
});

test('packages are installed again when package-lock.json names others, or node_modules is gone', async () => {
  const clone = await makeClone('');
  await clone.run([]);
  await clone.lock({
    'node_modules/zod': { version: '2.0.0' },
    'node_modules/@other/linux': { version: '1.0.0', optional: true },
  });
  expect((await clone.run([])).output).toContain('Installing');
  expect((await clone.run([])).output).toBe('');
  await rm(join(clone.folder, 'node_modules'), { recursive: true });
  expect((await clone.run([])).output).toContain('Installing');
});

test('an installation that fails shows what npm said and how to go on', async () => {
  const clone = await makeClone('');
  await writeFile(clone.npm, 'console.error("ENOTFOUND the registry"); process.exit(1)');
  const outcome = await clone.run([]);
  expect(outcome.exitCode).toBe(1);
  expect(outcome.output).toMatch(/ENOTFOUND the registry\nnpm ci failed .*npm config set registry/);
});

test('a signal reaches the entry, and its end is ours', async () => {
  const clone = await makeClone(
    `process.on('SIGTERM', () => process.exit(3)); setInterval(() => {}, 1000); console.log('up')`,
  );
  const child = spawn(process.execPath, [clone.bootstrap, 'entry.mjs'], {
    env: clone.env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([3, null]);

  const killed = await makeClone(`process.kill(process.pid, 'SIGKILL')`);
  const outcome = await killed.run([]);
  expect(outcome.exitCode).toBeUndefined();
});

interface Clone {
  readonly folder: string;
  readonly bootstrap: string;
  readonly env: NodeJS.ProcessEnv;
  /** The program that stands for npm. */
  readonly npm: string;
  lock(packages: Readonly<Record<string, unknown>>): Promise<void>;
  run(entryArguments: readonly string[]): Promise<CommandOutcome>;
}

/** A project of one package, with an npm that installs it without a registry. */
async function makeClone(entry: string): Promise<Clone> {
  const folder = await scratchFolder();
  const bootstrap = join(folder, 'scripts', 'bootstrap.mjs');
  const npm = join(folder, 'npm-cli.js');
  await mkdir(join(folder, 'scripts'));
  await cp(join(projectRoot, 'scripts', 'bootstrap.mjs'), bootstrap);
  await writeFile(join(folder, 'entry.mjs'), entry);
  await symlink(process.execPath, join(folder, 'node24'));
  await writeFile(
    npm,
    `const fs = require('node:fs');
    fs.mkdirSync('node_modules/node/bin', { recursive: true });
    if (!fs.existsSync('node_modules/node/bin/node')) fs.symlinkSync('../../../node24', 'node_modules/node/bin/node');
    const { packages } = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'));
    const installed = Object.entries(packages).filter(([, { optional }]) => !optional);
    fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages: Object.fromEntries(installed) }));`,
  );
  const lock = (packages: Readonly<Record<string, unknown>>): Promise<void> =>
    writeFile(join(folder, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...packages } }));
  await lock({ 'node_modules/zod': { version: '1.0.0' } });
  const env = { ...process.env, npm_execpath: npm, npm_node_execpath: process.execPath };
  return {
    folder,
    bootstrap,
    env,
    npm,
    lock,
    run: (entryArguments) => runCommand(process.execPath, [bootstrap, 'entry.mjs', ...entryArguments], { env }),
  };
}
