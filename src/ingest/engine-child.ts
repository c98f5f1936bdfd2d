/** Entry of an engine process: nothing but the tasks of `TransformPool`. */
import { serveEngineTasks } from '../engine/serve-engine-tasks.ts';
import { abortOpenUploads } from '../storage/s3-upload.ts';
import { checkpointTable } from './commit/checkpoint-table.ts';
import { discardInFiles } from './discard/discard-in-files.ts';
import { mergeOutput } from './outputs/merge-output.ts';
import { transformGroup } from './transform/transform-group.ts';
import type { EngineInput } from './transform-pool.ts';

/** The parent cancels by ending the process. */
const neverAborted = new AbortController().signal;

serveEngineTasks((input, onProgress) => {
  // The parent is the same program: its messages are typed by it.
  const task = input as EngineInput;
  switch (task.kind) {
    case 'transform':
      return transformGroup(task.input, neverAborted, { onProgress });
    case 'discard':
      return discardInFiles(task.input, neverAborted);
    case 'mergeOutput':
      return mergeOutput(task.input);
    case 'checkpoint':
      return checkpointTable(task.input);
  }
}, abortOpenUploads);
