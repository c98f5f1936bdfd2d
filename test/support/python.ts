import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Python with some packages. */
export interface Python {
  readonly executable: string;
  /**
   * Runs a script and returns what it prints last, read as JSON. In the script `input` is the given value, and `emit(x)`
   * prints the result. Fails with the script's standard error.
   */
  json(script: string, input?: unknown): Promise<unknown>;
  /** Runs a program of a file with arguments, which prints its result last, as JSON. */
  program(file: string, ...args: readonly string[]): Promise<unknown>;
}

/** Versions that the tests were written against. */
export const readers = {
  deltalake: 'deltalake==1.6.6',
  pyarrow: 'pyarrow==26.0.1',
  pandas: 'pandas==3.1.1',
  polars: 'polars==2.1.0',
  duckdb: 'duckdb==1.5.5',
  // DuckDB's delta extension as a package: DuckDB itself would fetch it from its own server.
  duckdbExtensions: 'duckdb-extensions==1.5.5',
  duckdbDelta: 'duckdb-extension-delta==1.5.5',
} as const;

/**
 * Python with the given requirements (`deltalake==1.6.6`), in a virtual environment that is built once into the cache
 * folder; processes that want the same one at the same time wait for the one that builds it.
 */
export async function pythonWith(requirements: readonly string[]): Promise<Python> {
  const name = createHash('sha256').update(requirements.toSorted().join('\n')).digest('hex').slice(0, 16);
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'kafka-bronze', 'python');
  await mkdir(cache, { recursive: true });
  const environment = join(cache, name);
  await run('python3', ['-c', buildScript, environment, ...requirements], { maxBuffer: 16 * 1024 * 1024 });
  const executable = join(environment, 'bin', 'python');
  return {
    executable,
    json: (script, input) => {
      const whole = `${prelude}\n${script}\n${epilogue}`;
      return runJson(executable, ['-c', whole, JSON.stringify(input ?? null)]);
    },
    program: (file, ...args) => runJson(executable, [file, ...args]),
  };
}

/** The lock is the kernel's, so a build that was killed frees it; the marker tells a finished build from a broken one. */
const buildScript = `
import fcntl, os, shutil, subprocess, sys
folder, requirements = sys.argv[1], sys.argv[2:]
with open(folder + '.lock', 'w') as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    marker = os.path.join(folder, 'complete')
    if not os.path.exists(marker):
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, '-m', 'venv', folder], check=True)
        pip = [os.path.join(folder, 'bin', 'python'), '-m', 'pip', 'install', '--quiet', '--prefer-binary']
        subprocess.run(pip + requirements, check=True)
        open(marker, 'w').close()
`;

const prelude = `
import json, os, sys
input = json.loads(sys.argv[1])
def emit(value):
    print('\\n' + json.dumps(value, default=str))
`;

/** Threads of native readers that still run when the interpreter ends can abort it; the script has done its work by then. */
const epilogue = `
sys.stdout.flush()
os._exit(0)
`;

async function runJson(executable: string, args: readonly string[]): Promise<unknown> {
  const { stdout } = await run(executable, args, { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
}
