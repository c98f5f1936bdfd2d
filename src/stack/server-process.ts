import { spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { BronzeError, errorMessage } from '../errors.ts';
import { identifyProcess, isRunning, type ProcessIdentity } from './process-identity.ts';
import { lastLines } from './run-command.ts';
import { waitUntil } from './wait-until.ts';

/** How to start a server's process. */
export interface Launch {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** What the server prints, appended. */
  readonly logFile: string;
}

/** Starts a server in a session of its own, so that it outlives this process and does not get its terminal's Ctrl-C. */
export async function startDetached(launch: Launch): Promise<ProcessIdentity> {
  const log = await open(launch.logFile, 'a');
  try {
    const child = spawn(launch.program, launch.arguments, {
      cwd: launch.cwd,
      env: { ...process.env, ...launch.env },
      stdio: ['ignore', log.fd, log.fd],
      detached: true,
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) =>
        reject(
          new BronzeError('SERVER_NOT_READY', `${launch.program} did not start: ${error.message}`, { cause: error }),
        ),
      );
    });
    child.unref();
    const { pid } = child;
    const identity = pid === undefined ? undefined : await identifyProcess(pid);
    // A process that has ended already gets a mark that matches nothing; the wait for its answer tells the story.
    return identity ?? { pid: pid ?? 0, startMark: 'ended' };
  } finally {
    await log.close();
  }
}

/**
 * Waits until `probe` succeeds.
 * @throws BronzeError SERVER_NOT_READY with the end of the server's log, as soon as its process has ended or when
 *   `timeoutMs` have passed.
 */
export async function waitUntilReady(
  title: string,
  identity: ProcessIdentity,
  probe: () => Promise<void>,
  { timeoutMs, logFile }: { readonly timeoutMs: number; readonly logFile: string },
): Promise<void> {
  const seen: { ended: boolean; error: unknown } = { ended: false, error: undefined };
  const settled = await waitUntil(
    async () => {
      seen.ended = !(await isRunning(identity));
      if (seen.ended) return true;
      return probe().then(
        () => true,
        (error: unknown) => {
          seen.error = error;
          return false;
        },
      );
    },
    { timeoutMs, intervalMs: 100 },
  );
  if (settled && !seen.ended) return;
  const what = seen.ended
    ? 'ended while it started'
    : `did not answer within ${timeoutMs / 1000} s (${errorMessage(seen.error)})`;
  throw new BronzeError('SERVER_NOT_READY', `${title} ${what}. ${await quoteLog(logFile)}`);
}

/**
 * Ends a process and waits until it is gone: politely first, by force after `timeoutMs`. Does nothing where another
 * process has the pid by now.
 */
export async function endProcess(identity: ProcessIdentity, timeoutMs: number): Promise<void> {
  if (timeoutMs > 0 && (await signalProcess(identity, 'SIGTERM'))) {
    if (await waitUntil(async () => !(await isRunning(identity)), { timeoutMs })) return;
  }
  if (!(await signalProcess(identity, 'SIGKILL'))) return;
  if (!(await waitUntil(async () => !(await isRunning(identity)), { timeoutMs: 10_000 }))) {
    throw new BronzeError('SERVER_NOT_READY', `Process ${identity.pid} does not end, not even by SIGKILL.`);
  }
}

async function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): Promise<boolean> {
  if (!(await isRunning(identity))) return false;
  try {
    return process.kill(identity.pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

async function quoteLog(logFile: string): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  return text.trim() === '' ? `Its log ${logFile} is empty.` : `The end of its log ${logFile}:\n${lastLines(text, 15)}`;
}
