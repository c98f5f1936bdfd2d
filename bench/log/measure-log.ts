import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measuredHeading, measuredLine } from '../measured-process.ts';
import { makeLog } from './make-log.ts';

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
    console.log(measuredHeading);
    for (const [phase, what] of steps) {
      console.log(await measuredLine(what, join(import.meta.dirname, 'phase.ts'), phase, root));
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
