import { engineChildBeside } from '../engine/engine-child-entry.ts';
import { EnginePool } from '../engine/engine-pool.ts';
import { newScratchRoot } from '../engine/scratch-root.ts';
import type { StagedFile } from '../model/batch/staged-file.ts';
import type { RewriteInput } from './rewrite-files.ts';
import type { RewriteFiles } from './rewrite-request.ts';

/** One engine process beside those that ingest: it starts when it is first needed. */
export interface RewritePool {
  readonly rewrite: RewriteFiles;
  close(): Promise<void>;
}

export function createRewritePool({ memoryBytes }: { readonly memoryBytes: number }): RewritePool {
  const pool = new EnginePool({
    size: 1,
    childEntry: engineChildBeside(import.meta.url),
    recycleAboveBytes: memoryBytes * 2,
    scratchRoot: newScratchRoot(),
  });
  return {
    rewrite: (request, signal) =>
      pool.run<readonly StagedFile[]>(
        (scratchFolder): RewriteInput => ({ ...request, scratchFolder, memoryBytes }),
        signal,
      ),
    close: () => pool.close(),
  };
}
