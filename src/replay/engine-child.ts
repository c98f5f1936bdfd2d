/** Entry of an engine process that sends dead letters again. */
import { serveEngineTasks } from '../engine/serve-engine-tasks.ts';
import { abortOpenUploads } from '../storage/s3-upload.ts';
import { planReplay } from './plan-replay.ts';
import type { ReplayTask } from './replay-pool.ts';
import { sendReplay } from './send-replay.ts';
import { tryReplay } from './try-replay.ts';

/** The parent cancels by ending the process. */
const neverAborted = new AbortController().signal;

serveEngineTasks((input, onProgress) => {
  // The parent is the same program: its messages are typed by it.
  const task = input as ReplayTask;
  switch (task.kind) {
    case 'plan':
      return planReplay(task.input, neverAborted);
    case 'send':
      return sendReplay(task.input, neverAborted);
    case 'try':
      return tryReplay(task.input, neverAborted, onProgress);
  }
}, abortOpenUploads);
