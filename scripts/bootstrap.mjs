/**
 * Makes `npm start` and `npm test` work on a fresh clone: installs the packages when they are missing or differ from
 * package-lock.json, then runs the given entry with the project's own Node (the npm package `node`), whatever Node
 * started this file. No dependencies and no syntax newer than Node 18, since nothing is installed yet.
 *
 *   node scripts/bootstrap.mjs <entry> [arguments…]
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const isWindows = process.platform === 'win32';
const projectNode = join(root, 'node_modules', 'node', 'bin', isWindows ? 'node.exe' : 'node');

const [entry, ...entryArguments] = process.argv.slice(2);
if (entry === undefined) fail('usage: node scripts/bootstrap.mjs <entry> [arguments…]');

if (!isInstalled()) await install();
await runEntry();

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** Is every package of package-lock.json in node_modules, in that version? Packages for other platforms may be absent. */
function isInstalled() {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined || installed === undefined || !existsSync(projectNode)) return false;
  return Object.entries(wanted).every(
    ([path, { version, optional, peer, devOptional }]) =>
      path === '' || optional || peer || devOptional || installed[path]?.version === version,
  );
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

async function install() {
  process.stderr.write('Installing the packages of package-lock.json (npm ci) …\n');
  const startedAt = Date.now();
  const { code, output } = await runNpm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  if (code !== 0) {
    process.stderr.write(output);
    fail(
      'npm ci failed (its output stands above). With no access to the npm registry, set one: npm config set registry <url>',
    );
  }
  if (!existsSync(projectNode)) {
    fail(
      'npm ci ran, but the package "node" has no program for this machine: allow its install script ' +
        '(npm config set ignore-scripts false), or install Node 24 or newer (https://nodejs.org, nvm install 24, brew install node).',
    );
  }
  process.stderr.write(`Installed in ${Math.round((Date.now() - startedAt) / 1000)} s.\n`);
}

/** npm as it started us, by the Node that npm runs on: the project's own is replaced while npm works. */
function runNpm(npmArguments) {
  const npmProgram = process.env.npm_execpath;
  const child = npmProgram?.endsWith('.js')
    ? spawn(process.env.npm_node_execpath ?? process.execPath, [npmProgram, ...npmArguments], { cwd: root })
    : spawn('npm', npmArguments, { cwd: root, shell: isWindows });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  return new Promise((done) => {
    child.on('error', (error) => done({ code: 1, output: `npm did not start: ${error.message}\n` }));
    child.on('close', (code) => done({ code, output }));
  });
}

/** The entry has our terminal; it gets our signals, and we end as it ends. */
async function runEntry() {
  const child = spawn(projectNode, [resolve(root, entry), ...entryArguments], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // Ctrl-C reaches the whole foreground group: to forward it as well would make it two.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', (error) => fail(`${projectNode} did not start: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
