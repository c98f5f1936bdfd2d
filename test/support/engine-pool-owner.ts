/** A program with an engine pool whose child never ends its task; prints the child's process id. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EnginePool } from '../../src/engine/engine-pool.ts';

const pool = new EnginePool({
  size: 1,
  childEntry: fileURLToPath(new URL('engine-child.ts', import.meta.url)),
  recycleAboveBytes: 1e12,
  scratchRoot: process.argv[2] ?? join(tmpdir(), 'bronze-pool-owner'),
});
await pool.run(
  (scratchFolder) => ({ kind: 'hang', scratchFolder }),
  new AbortController().signal,
  (progress) => process.stdout.write(`${String((progress as { pid: number }).pid)}\n`),
);
