import { randomUUID } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

/** When this process began, in whole milliseconds: tells it from an earlier one with the same pid. */
const processStartMs = Math.floor(performance.timeOrigin);

/** A folder for one pool, not made yet. Its name says whose it is, so that what a killed process leaves can be swept. */
export function newScratchRoot(folder: string = tmpdir()): string {
  return join(folder, `kafka-bronze-engine.${hostname()}.${process.pid}.${processStartMs}.${randomUUID()}`);
}

/**
 * Removes the scratch folders of processes of this machine that have ended. Those of other hosts, of which containers
 * may share the folder, are left alone; so are those of a pid that another process has now.
 */
export async function sweepScratchRoots(folder: string = tmpdir()): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, host, pid, startMs] = /^kafka-bronze-engine\.(.+)\.(\d+)\.(\d+)\.[\da-f-]{36}$/.exec(name) ?? [];
    if (host !== hostname() || isRunning(Number(pid), Number(startMs))) continue;
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number, startMs: number): boolean {
  if (pid === process.pid) return startMs === processStartMs;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
