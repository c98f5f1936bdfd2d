import type { WrittenCheckpoint } from '../delta/checkpoint/write-checkpoint.ts';
import { engineChildBeside } from '../engine/engine-child-entry.ts';
import { EnginePool } from '../engine/engine-pool.ts';
import { newScratchRoot } from '../engine/scratch-root.ts';
import type { TransformedGroup } from '../model/batch/batch.ts';
import { pathForTopic } from '../model/job/job-spec.ts';
import type { CheckpointInput } from './commit/checkpoint-table.ts';
import type { DiscardInput } from './discard/discard-in-files.ts';
import type { DiscardedFile, DiscardRequest } from './discard/discard-request.ts';
import type { MergeInEngine, MergeOutputInput } from './outputs/merge-output.ts';
import type { TransformInput } from './transform/transform-group.ts';
import type { TransformRequest } from '../model/requests/lane-requests.ts';

/** What engine processes are asked. */
export type EngineInput =
  | { readonly kind: 'transform'; readonly input: TransformInput }
  | { readonly kind: 'discard'; readonly input: DiscardInput }
  | { readonly kind: 'mergeOutput'; readonly input: MergeOutputInput }
  | { readonly kind: 'checkpoint'; readonly input: CheckpointInput };

/** The engine processes of a worker. */
export interface TransformPool {
  /** Shares that are worked on at a time. */
  readonly size: number;
  /** Starts the processes before the first request, which would take most of a second. */
  warmUp(): void;
  transform(request: TransformRequest, signal: AbortSignal): Promise<TransformedGroup>;
  discard(request: DiscardRequest, signal: AbortSignal): Promise<readonly DiscardedFile[]>;
  readonly mergeOutput: MergeInEngine;
  checkpoint(tableRoot: string, signal: AbortSignal): Promise<WrittenCheckpoint | undefined>;
  close(): Promise<void>;
}

export interface TransformPoolOptions {
  readonly size: number;
  /** What each process may take, roughly. */
  readonly memoryBytes: number;
}

export function createTransformPool({ size, memoryBytes }: TransformPoolOptions): TransformPool {
  const pool = new EnginePool({
    size,
    childEntry: engineChildBeside(import.meta.url),
    recycleAboveBytes: memoryBytes * 2,
    scratchRoot: newScratchRoot(),
  });
  const run = <Result>(makeTask: (scratchFolder: string) => EngineInput, signal: AbortSignal): Promise<Result> => {
    return pool.run<Result>(makeTask, signal);
  };
  return {
    size,
    warmUp: () => pool.warmUp(),
    transform: ({ spec, plan, group }, signal) => {
      const tableRoot = pathForTopic(spec.table.path, plan.topic);
      const deadLetterRoot = pathForTopic(spec.deadLetter.path, plan.topic);
      const input = { spec, plan, group, tableRoot, deadLetterRoot, memoryBytes };
      return run((scratchFolder) => ({ kind: 'transform', input: { ...input, scratchFolder } }), signal);
    },
    discard: (request, signal) => {
      return run((scratchFolder) => ({ kind: 'discard', input: { ...request, scratchFolder, memoryBytes } }), signal);
    },
    mergeOutput: (request, signal) => {
      return run(
        (scratchFolder) => ({ kind: 'mergeOutput', input: { ...request, scratchFolder, memoryBytes } }),
        signal,
      );
    },
    checkpoint: (tableRoot, signal) => {
      const input = { tableRoot, memoryBytes };
      return run((scratchFolder) => ({ kind: 'checkpoint', input: { ...input, scratchFolder } }), signal);
    },
    close: () => pool.close(),
  };
}
