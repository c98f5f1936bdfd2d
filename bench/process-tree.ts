import { readFileSync, readdirSync } from 'node:fs';

/** What a process and all its descendants used between the start and the end of a watch. */
export interface TreeUsage {
  /** User and system time. What a process used in the last sampling interval before its end is not in it. */
  readonly cpuSeconds: number;
  /**
   * The highest sum of proportional set sizes that was seen: pages that processes share count once, so that neither the
   * program text of several workers nor the moment after a fork counts double.
   */
  readonly peakMemoryBytes: number;
  /** Those that used a tenth of a second or more. */
  readonly processes: readonly ProcessUsage[];
}

export interface ProcessUsage {
  readonly pid: number;
  readonly command: string;
  readonly cpuSeconds: number;
  /** The kernel's own high-water mark of the resident set size (`VmHWM`). */
  readonly peakRssBytes: number;
}

const samplingIntervalMs = 100;
/** The kernel walks all page tables for a proportional set size (20 ms for 4 GB), so it is asked only where it may be a new peak. */
const samplesPerPss = 3;
const likelyPeak = 1.03;
/** `sysconf(_SC_CLK_TCK)` is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Watches a process tree through `/proc` (Linux only) until `stop` is called. */
export function watchProcessTree(rootPid: number): { stop(): TreeUsage } {
  const processes = new Map<number, ProcessUsage>();
  const before = new Map<number, number>();
  let peakMemoryBytes = 0;
  let samples = 0;
  let stopped = false;

  const sample = (): void => {
    const tree = processTree(rootPid);
    let rssBytes = 0;
    for (const { pid, command, cpuSeconds } of tree) {
      if (samples === 0) before.set(pid, cpuSeconds);
      const status = readProc(pid, 'status');
      rssBytes += kibibytes(status, 'VmRSS');
      const highWaterBytes = Math.max(kibibytes(status, 'VmHWM'), processes.get(pid)?.peakRssBytes ?? 0);
      const used = cpuSeconds - (before.get(pid) ?? 0);
      processes.set(pid, { pid, command, cpuSeconds: used, peakRssBytes: highWaterBytes });
    }
    if (samples % samplesPerPss === 0 && rssBytes > peakMemoryBytes * likelyPeak) {
      const pssBytes = tree.reduce((sum, { pid }) => sum + kibibytes(readProc(pid, 'smaps_rollup'), 'Pss'), 0);
      peakMemoryBytes = Math.max(peakMemoryBytes, pssBytes);
    }
    samples++;
  };

  sample();
  const timer = setInterval(sample, samplingIntervalMs);
  return {
    stop() {
      clearInterval(timer);
      if (!stopped) sample();
      stopped = true;
      const all = [...processes.values()];
      return {
        cpuSeconds: all.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
        peakMemoryBytes,
        processes: all.filter(({ cpuSeconds }) => cpuSeconds >= 0.1),
      };
    },
  };
}

interface ProcessStat {
  readonly pid: number;
  readonly parentPid: number;
  readonly command: string;
  readonly cpuSeconds: number;
}

/** The process and its living descendants. */
function processTree(rootPid: number): ProcessStat[] {
  const children = new Map<number, ProcessStat[]>();
  let root: ProcessStat | undefined;
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const stat = Number.isInteger(pid) ? processStat(pid) : undefined;
    if (!stat) continue;
    if (pid === rootPid) root = stat;
    const siblings = children.get(stat.parentPid);
    if (siblings) siblings.push(stat);
    else children.set(stat.parentPid, [stat]);
  }
  const tree = root ? [root] : [];
  for (const process of tree) tree.push(...(children.get(process.pid) ?? []));
  return tree;
}

/** The command of `/proc/<pid>/stat` stands in brackets and may hold anything; the fields after it are numbers. */
function processStat(pid: number): ProcessStat | undefined {
  const stat = readProc(pid, 'stat');
  const commandEnd = stat.lastIndexOf(')');
  if (commandEnd < 0) return undefined;
  const fields = stat.slice(commandEnd + 2).split(' ');
  const [parentPid, userTicks, systemTicks] = [fields[1], fields[11], fields[12]].map(Number);
  if (parentPid === undefined || userTicks === undefined || systemTicks === undefined) return undefined;
  const command = stat.slice(stat.indexOf('(') + 1, commandEnd);
  return { pid, parentPid, command, cpuSeconds: (userTicks + systemTicks) / ticksPerSecond };
}

function kibibytes(text: string, name: string): number {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text);
  return match ? Number(match[1]) * 1024 : 0;
}

/** Empty when the process has ended. */
function readProc(pid: number, file: 'stat' | 'status' | 'smaps_rollup'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
