import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** A process that can be told from a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the process began, in the words of the operating system. */
  readonly startMark: string;
}

/** The identity of a running process, or undefined where none runs (a zombie has ended). */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  const startMark = process.platform === 'linux' ? await linuxStartMark(pid) : await psStartMark(pid);
  return startMark === undefined ? undefined : { pid, startMark };
}

/** Does this very process still run? */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  const found = await identifyProcess(identity.pid);
  return found?.startMark === identity.startMark;
}

/** `starttime` is field 22 of /proc/<pid>/stat (proc(5)); the fields after the command's name begin with the state. */
async function linuxStartMark(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

async function psStartMark(pid: number): Promise<string | undefined> {
  const output = await new Promise<string>((resolve) => {
    execFile('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { env: { ...process.env, LC_ALL: 'C' } }, (_, stdout) =>
      resolve(stdout.trim()),
    );
  });
  return output === '' || output.startsWith('Z') ? undefined : output.replace(/^\S+\s+/, '');
}
