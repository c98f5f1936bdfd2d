#!/usr/bin/env node
// Runs the CLI on Node 24: on the Node that runs this file when it is new enough, else on the `node` package's own.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import * as nodeModule from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const leastMajor = 24;
const packageRoot = dirname(dirname(fileURLToPath(import.meta.url)));
// A checkout runs its sources, whatever an earlier build has left beside them.
const source = join(packageRoot, 'src', 'cli', 'main.ts');
const entry = existsSync(source) ? source : join(packageRoot, 'dist', 'src', 'cli', 'main.js');

if (Number.parseInt(process.versions.node, 10) >= leastMajor) {
  if (process.argv[2] === 'worker') beSmall();
  nodeModule.enableCompileCache();
  const { main } = await import(pathToFileURL(entry).href);
  await main();
} else {
  const node = findNode();
  if (node === undefined) {
    process.stderr.write(
      `error [PREREQUISITE_MISSING] Node ${leastMajor} is needed and this is Node ${process.versions.node}; ` +
        `run "npm ci" in ${packageRoot}, which brings one along\n`,
    );
    process.exit(1);
  }
  runWith(node);
}

/**
 * A worker steers, and its engine processes do the work: it does as well with a quarter of V8's young generation and two
 * of the allocator's arenas, which saves some 90 MB. Both can be said only when a process begins, so it begins again.
 */
function beSmall() {
  const flag = '--max-semi-space-size';
  const given = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''];
  // Windows cannot replace a process.
  if (process.execve === undefined || process.platform === 'win32' || given.some((option) => option.includes(flag)))
    return;
  process.execve(process.execPath, [process.execPath, `${flag}=4`, ...process.execArgv, ...process.argv.slice(1)], {
    MALLOC_ARENA_MAX: '2',
    ...process.env,
  });
}

function findNode() {
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  const candidates = [];
  try {
    candidates.push(
      join(dirname(nodeModule.createRequire(import.meta.url).resolve('node/package.json')), 'bin', binary),
    );
  } catch {
    // The package is not installed; the next candidate decides.
  }
  candidates.push(join(packageRoot, 'node_modules', '.bin', binary));
  return candidates.find((candidate) => existsSync(candidate));
}

function runWith(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both processes; a signal sent to this one alone has to be handed on.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => undefined);
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  child.on('error', (error) => {
    process.stderr.write(`error [PREREQUISITE_MISSING] ${node} does not start: ${error.message}\n`);
    process.exit(1);
  });
}
