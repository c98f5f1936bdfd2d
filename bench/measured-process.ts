import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';

const run = promisify(execFile);
const measured = z.object({ outcome: z.string(), seconds: z.number(), cpuSeconds: z.number(), peakRssMB: z.number() });

export const measuredHeading = `${''.padEnd(36)}${'seconds'.padStart(9)}${'CPU s'.padStart(8)}${'peak MB'.padStart(9)}`;

/** Runs a program that ends with `printMeasured` in a process of its own; gives what it took as a line of a table. */
export async function measuredLine(what: string, program: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [program, ...args]);
  const { outcome, seconds, cpuSeconds, peakRssMB } = measured.parse(JSON.parse(stdout));
  const figures = `${seconds.toFixed(2).padStart(9)}${cpuSeconds.toFixed(2).padStart(8)}${String(peakRssMB).padStart(9)}`;
  return `${what.padEnd(36)}${figures}  ${outcome}`;
}

/** Does the work, and says what it and the process took. The work answers what came of it. */
export async function printMeasured(work: () => Promise<string>): Promise<void> {
  const startedAt = performance.now();
  const outcome = await work();
  const seconds = (performance.now() - startedAt) / 1000;
  const cpu = process.cpuUsage();
  const cpuSeconds = (cpu.user + cpu.system) / 1e6;
  const peakRssMB = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(JSON.stringify({ outcome, seconds, cpuSeconds, peakRssMB }));
}
