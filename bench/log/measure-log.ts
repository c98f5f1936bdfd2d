import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { makeLog } from './make-log.ts';

const run = promisify(execFile);
const result = z.object({ outcome: z.string(), seconds: z.number(), cpuSeconds: z.number(), peakRssMB: z.number() });

/** The steps in the order in which the log meets them. */
const steps: readonly (readonly [phase: string, what: string])[] = [
  ['open', 'open, no checkpoint yet'],
  ['files', 'list the files, no checkpoint yet'],
  ['checkpoint', 'first checkpoint'],
  ['open', 'open'],
  ['commit', 'open and commit'],
  ['files', 'list the files'],
  ['checkpoint', 'next checkpoint'],
];

/** Time and memory of opening, committing to, listing and checkpointing a table of many commits and files. */
export async function measureLog(size: { readonly commits: number; readonly files: number }): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'kafka-bronze-bench-log-'));
  try {
    await makeLog(root, size.commits, size.files);
    console.log(`${size.files} files in ${size.commits} commits\n`);
    console.log(`${''.padEnd(36)}${'seconds'.padStart(9)}${'CPU s'.padStart(8)}${'peak MB'.padStart(9)}`);
    for (const [phase, what] of steps) {
      const child = await run(process.execPath, [join(import.meta.dirname, 'phase.ts'), phase, root]);
      const { outcome, seconds, cpuSeconds, peakRssMB } = result.parse(JSON.parse(child.stdout));
      const figures = `${seconds.toFixed(2).padStart(9)}${cpuSeconds.toFixed(2).padStart(8)}${String(peakRssMB).padStart(9)}`;
      console.log(`${what.padEnd(36)}${figures}  ${outcome}`);
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
