import { engineChildBeside } from '../engine/engine-child-entry.ts';
import { EnginePool } from '../engine/engine-pool.ts';
import { newScratchRoot } from '../engine/scratch-root.ts';
import type { JobSpec } from '../model/job/job-spec.ts';
import type {
  PlanReplayRequest,
  ReplayChoice,
  ReplayedShare,
  ReplayProgress,
  ReplayShare,
  ReplayShareRequest,
} from '../model/requests/replay-requests.ts';
import type { PlanInput } from './plan-replay.ts';
import { readReplayChoice } from './replay-input.ts';
import type { SendInput } from './send-replay.ts';

/** What the process is asked. */
export type ReplayTask =
  | { readonly kind: 'plan'; readonly input: PlanInput }
  | { readonly kind: 'send'; readonly input: SendInput }
  | { readonly kind: 'try'; readonly input: Omit<PlanInput, 'replayId' | 'workflowId'> };

/** One engine process beside those that ingest: it starts when it is first needed. */
export interface ReplayPool {
  plan(request: PlanReplayRequest, signal: AbortSignal): Promise<readonly ReplayShare[]>;
  /** Some seconds of work. */
  send(request: ReplayShareRequest, signal: AbortSignal): Promise<ReplayProgress>;
  /** `onProgress`: the share that is done, from 0 to 1, of each dead-letter table. */
  try(
    request: { readonly spec: JobSpec; readonly choice: ReplayChoice },
    signal: AbortSignal,
    onProgress: (share: number) => void,
  ): Promise<readonly ReplayedShare[]>;
  close(): Promise<void>;
}

/** So that a workflow can tell how far it is, and an attempt that is lost costs little. */
const sliceMs = 10_000;

export function createReplayPool({ memoryBytes }: { readonly memoryBytes: number }): ReplayPool {
  const pool = new EnginePool({
    size: 1,
    childEntry: engineChildBeside(import.meta.url),
    recycleAboveBytes: memoryBytes * 2,
    scratchRoot: newScratchRoot(),
  });
  const run = <Result>(
    makeTask: (scratchFolder: string) => ReplayTask,
    signal: AbortSignal,
    onProgress?: (progress: unknown) => void,
  ): Promise<Result> => pool.run<Result>(makeTask, signal, onProgress);
  return {
    plan: ({ input, ...request }, signal) => {
      const choice = readReplayChoice(input);
      return run(
        (scratchFolder) => ({ kind: 'plan', input: { ...request, choice, scratchFolder, memoryBytes } }),
        signal,
      );
    },
    send: (request, signal) => run(() => ({ kind: 'send', input: { ...request, memoryBytes, sliceMs } }), signal),
    try: (request, signal, onProgress) =>
      run(
        (scratchFolder) => ({ kind: 'try', input: { ...request, scratchFolder, memoryBytes } }),
        signal,
        (progress) => {
          if (typeof progress === 'number') onProgress(progress);
        },
      ),
    close: () => pool.close(),
  };
}
