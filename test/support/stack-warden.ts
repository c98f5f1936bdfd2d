import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { stopStack } from '../../src/stack/start-stack.ts';

/**
 * Starts a process that waits until this one ends, however it ends, and then stops the stack of `stateFolder` and
 * deletes the folder. The function that is returned has it do so now, and waits for it.
 */
export function wardStack(stateFolder: string): () => Promise<void> {
  const warden = spawn(process.execPath, [import.meta.filename, stateFolder], {
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
  });
  warden.unref();
  return async () => {
    const exited = new Promise<number | null>((resolve) => warden.once('exit', resolve));
    warden.ref();
    warden.stdin.end();
    const exitCode = await exited;
    if (exitCode !== 0)
      throw new Error(`The servers of ${stateFolder} were not stopped (exit code ${String(exitCode)}).`);
  };
}

const stateFolder = process.argv[2];
if (import.meta.main && stateFolder !== undefined) {
  process.stdin.resume();
  await once(process.stdin, 'end');
  await stopStack(stateFolder, { discard: true });
  await rm(stateFolder, { recursive: true, force: true });
}
