import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface BronzeRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const bin = fileURLToPath(new URL('../../bin/bronze.mjs', import.meta.url));

/** Runs `bronze` as a user does, in a process of its own, with no terminal. */
export async function runBronze(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<BronzeRun> {
  const child = spawn(process.execPath, [bin, ...args], { env: { ...process.env, ...env }, stdio: 'pipe' });
  child.stdin.end();
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Runs `bronze … | head -n lines`. */
export async function runBronzeIntoHead(args: readonly string[], lines: number): Promise<BronzeRun> {
  const command = [process.execPath, bin, ...args].map((part) => `'${part}'`).join(' ');
  const child = spawn('bash', ['-c', `set -o pipefail; ${command} | head -n ${lines}`], { stdio: 'pipe' });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** A `bronze` that goes on until it is told to stop. */
export interface RunningBronze {
  readonly child: ChildProcess;
  readonly output: { readonly stdout: string; readonly stderr: string };
  /** Resolves once the text was printed; rejects when the process ends before. */
  until(stream: 'stdout' | 'stderr', text: string): Promise<void>;
}

export function startBronze(args: readonly string[], env: Readonly<Record<string, string>> = {}): RunningBronze {
  const child = spawn(process.execPath, [bin, ...args], { env: { ...process.env, ...env }, stdio: 'pipe' });
  child.stdin.end();
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const until = (stream: 'stdout' | 'stderr', text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (output[stream].includes(text)) resolve();
      };
      child[stream].on('data', look);
      child.on('close', () => reject(new Error(`bronze ended: ${output.stderr}`)));
      look();
    });
  return { child, output, until };
}
