import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { errorMessage } from '../../src/errors.ts';
import { sparkEnvironment } from '../../bench/spark/environment.ts';

const run = promisify(execFile);

export interface Spark {
  /** Why there is none here. */
  readonly missing: string | undefined;
  /** Runs Python with a Delta session `spark` in UTC; in it `args` are the arguments, and `emit` prints the result. */
  run(script: string, ...args: readonly string[]): Promise<unknown>;
}

/** Spark with Delta. It is installed when it is missing, where its prerequisites are there and packages can be fetched. */
export async function openSpark(): Promise<Spark> {
  const found = await sparkEnvironment({ install: true }).catch((error: unknown) => {
    return { kind: 'unavailable', reason: errorMessage(error) } as const;
  });
  if (found.kind === 'unavailable') {
    return { missing: found.reason, run: () => Promise.reject(new Error(found.reason)) };
  }
  const { python, jars } = found.environment;
  return { missing: undefined, run: (script, ...args) => runSpark(python, jars, script, args) };
}

async function runSpark(
  python: string,
  jars: readonly string[],
  script: string,
  args: readonly string[],
): Promise<unknown> {
  const session = join(import.meta.dirname, 'spark_session.py');
  const env = { ...process.env, TZ: 'UTC' };
  const { stdout } = await run(python, [session, jars.join(','), script, ...args], { maxBuffer: 64 << 20, env });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
}
