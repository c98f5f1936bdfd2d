import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** A worker in a process of its own, so that a test can kill it as a crash would. */
export interface WorkerProcess {
  readonly pid: number;
  /** What it has printed so far. */
  output(): string;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

export interface WorkerProcessOptions {
  readonly taskQueue: string;
  readonly jobsFolder?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly engines?: number;
}

/** Starts `bronze worker` and waits until it polls its task queue. */
export async function startWorkerProcess(options: WorkerProcessOptions): Promise<WorkerProcess> {
  const args = [
    join(root, 'src/cli/main.ts'),
    'worker',
    '--task-queue',
    options.taskQueue,
    ...(options.jobsFolder === undefined ? [] : ['--jobs-folder', options.jobsFolder]),
    ...(options.engines === undefined ? [] : ['--engines', String(options.engines)]),
  ];
  const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, ...options.env }, stdio: 'pipe' });
  let printed = '';
  const ready = new Promise<void>((resolve, reject) => {
    const collect = (chunk: Buffer): void => {
      printed += chunk.toString();
      if (printed.includes('worker ready')) resolve();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('exit', (code) =>
      reject(new Error(`worker ended with ${String(code)} before it was ready:\n${printed}`)),
    );
  });
  await ready;
  return {
    pid: child.pid ?? 0,
    output: () => printed,
    kill: () => end(child, 'SIGKILL').then(() => undefined),
    stop: () => end(child, 'SIGTERM'),
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
  return child.exitCode;
}
