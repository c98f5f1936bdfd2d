/**
 * Every check of the project, in stages: `npm test` runs them all, `npm run check` those that take seconds, and
 * `npm run test:conformance` and `npm run test:windows` the tests that are too slow for every time. A stage prints its name, time and result, and its output only when it fails. The last line is vitest's totals alone.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { flakyLines, stageLine, testTotals, totalsLine, type TestTotals } from './test-totals.ts';

const root = join(import.meta.dirname, '..');

interface Stage {
  readonly name: string;
  readonly command: readonly string[];
}

const codeFolders = ['src', 'workflows', 'activities', 'test', 'bench', 'scripts'];

const staticStages: readonly Stage[] = [
  { name: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
  { name: 'types', command: ['tsc', '--noEmit', '-p', '.'] },
  { name: 'types in the workflow sandbox', command: ['tsc', '--noEmit', '-p', 'workflows'] },
  { name: 'lint', command: ['eslint', '--max-warnings', '0', '.'] },
  { name: 'folder rules', command: ['depcruise', '--config', '.dependency-cruiser.mjs', ...codeFolders] },
  { name: 'unused code', command: ['knip', '--no-progress'] },
];

const fast = process.argv.includes('--fast');
const slow = ['conformance', 'windows'].find((project) => process.argv.includes(`--${project}`));
const [runName, projects] = fast
  ? ['unit tests', ['unit']]
  : slow === undefined
    ? ['tests', ['unit', 'integration']]
    : [`tests of ${slow}`, [slow]];
const vitestArguments = projects.flatMap((project) => ['--project', project]);

const results = await Promise.all(startTwoAtATime(slow === undefined ? staticStages : []));
const totals = await runTests();
if (results.includes(false) || !totals.succeeded) process.exitCode = 1;
console.log(totalsLine(totals));

/** Two at a time: each is one thread, and small machines have two cores. */
function startTwoAtATime(stages: readonly Stage[]): Promise<boolean>[] {
  const waiting = [...stages];
  const lane = async (): Promise<boolean> => {
    let succeeded = true;
    for (let stage = waiting.shift(); stage !== undefined; stage = waiting.shift()) {
      if (!(await runStage(stage))) succeeded = false;
    }
    return succeeded;
  };
  return [lane(), lane()];
}

async function runStage(stage: Stage): Promise<boolean> {
  const startedAtMs = Date.now();
  let output = '';
  const code = await run(stage.command, 'pipe', (text) => (output += text));
  console.log(stageLine(stage.name, Date.now() - startedAtMs, code === 0));
  if (code !== 0) console.log(output.trimEnd());
  return code === 0;
}

/** Vitest shows its own progress; the totals come from its JSON report. A test that fails is run once more, and named. */
async function runTests(): Promise<TestTotals> {
  const startedAtMs = Date.now();
  const reportFolder = await mkdtemp(join(tmpdir(), 'kafka-bronze-report-'));
  const report = join(reportFolder, 'vitest.json');
  try {
    const code = await run(
      [
        ...['vitest', 'run', '--retry=1', ...vitestArguments],
        ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
      ],
      'inherit',
    );
    const totals = testTotals(await readFile(report, 'utf8').catch(() => undefined), code);
    for (const test of totals.flaky) console.log(flakyLines(test));
    console.log(stageLine(runName, Date.now() - startedAtMs, totals.succeeded));
    return totals;
  } finally {
    await rm(reportFolder, { recursive: true, force: true });
  }
}

function run(
  command: readonly string[],
  stdio: 'pipe' | 'inherit',
  onOutput?: (text: string) => void,
): Promise<number> {
  const [program = '', ...programArguments] = command;
  const searchPath = `${join(root, 'node_modules', '.bin')}${delimiter}${process.env['PATH'] ?? ''}`;
  const child = spawn(program, programArguments, {
    cwd: root,
    env: { ...process.env, PATH: searchPath },
    stdio: ['ignore', stdio, stdio],
  });
  child.stdout?.on('data', (chunk: Buffer) => onOutput?.(chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => onOutput?.(chunk.toString()));
  return new Promise((resolve) => {
    child.on('error', (error) => {
      onOutput?.(error.message);
      resolve(1);
    });
    child.on('close', (code) => {
      resolve(code ?? 1);
    });
  });
}
