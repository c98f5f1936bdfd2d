import { readdir, readFile } from 'node:fs/promises';

/** Ids of the processes below `pid` whose command line holds `marker`, from /proc. */
export async function childProcesses(pid: number, marker: string): Promise<number[]> {
  const found: number[] = [];
  const parents = new Set([pid]);
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  for (const id of all.sort((left, right) => left - right)) {
    const stat = await readFile(`/proc/${String(id)}/stat`, 'utf8').catch(() => undefined);
    const parent = Number(stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (!parents.has(parent)) continue;
    parents.add(id);
    const commandLine = await readFile(`/proc/${String(id)}/cmdline`, 'utf8').catch(() => '');
    if (commandLine.includes(marker)) found.push(id);
  }
  return found;
}

/**
 * Ids of a worker's engine processes, in the order in which they were started. They all start with the worker, and its
 * pool gives a task to the one that became idle last; of those that had none yet, to the last.
 */
export function engineProcesses(worker: { readonly pid: number }): Promise<number[]> {
  return childProcesses(worker.pid, 'engine-child');
}
