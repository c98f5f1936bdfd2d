import { defaultEngineMemoryBytes } from '../engine/engine-memory.ts';
import {
  totalOf,
  type ReplayChoice,
  type ReplayedShare,
  type ReplayReport,
} from '../model/requests/replay-requests.ts';
import { createReplayPool } from '../replay/replay-pool.ts';
import { withClient } from '../temporal/client.ts';
import { defaultTaskQueue } from '../temporal/task-queue.ts';
import { temporalConnectionOptions } from '../temporal/connection.ts';
import { JobClient } from '../temporal/job-client.ts';
import { ReplayClient } from '../temporal/replay-client.ts';
import { exitCodes } from './exit-code.ts';
import { interruptSignal } from './interrupt.ts';
import { loadPinnedJobSpec } from './load-job-spec.ts';
import { localEnvironment } from './local-environment.ts';
import { printJson } from './output/json.ts';
import { printMessage } from './output/messages.ts';
import { renderReplay } from './output/print-replay.ts';
import { progressBar } from './output/progress-bar.ts';
import { writeLine } from './output/stdout.ts';
import { startInput } from './start-input.ts';
import { formatCount } from './output/units.ts';

export interface ReplayFlags extends Omit<ReplayChoice, 'topics'> {
  readonly topic?: string[];
  readonly environment?: string;
  readonly kafkaBrokers?: string;
  readonly kafkaTopic?: string;
  readonly dlqPath?: string;
  readonly jobsFolder: string;
  readonly taskQueue?: string;
  readonly workflowId?: string;
  readonly wait: boolean;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `bronze dlq replay`. An interrupt ends the waiting, and not the replay. */
export async function replayDeadLetters(job: string, flags: ReplayFlags): Promise<void> {
  if (flags.dryRun === true) {
    const report = { job, shares: await tryHere(job, flags) };
    await print(report, flags);
    return;
  }
  // What is wrong with the file is said here, and not by a workflow.
  const { input, spec } = await startInput(job, flags);
  const { workflowId = `${spec.name}/replay`, taskQueue = defaultTaskQueue } = flags;
  await withClient(temporalConnectionOptions(await localEnvironment()), async (client) => {
    const replays = new ReplayClient(client);
    const started = await replays.start({ job: input, ...choiceOf(flags) }, { workflowId, taskQueue });
    if (!(await new JobClient(client).hasWorker(taskQueue))) {
      printMessage('no worker has looked at this task queue yet: start one with "bronze worker"');
    }
    if (!flags.wait) {
      await (flags.json === true ? printJson(started) : writeLine(`started ${workflowId} (run ${started.runId})`));
      return;
    }
    const bar = progressBar();
    const report = await replays
      .result(started, interruptSignal(), ({ chunks, doneChunks, shares }) => {
        const sent = shares.reduce((sum, share) => sum + totalOf(share.sent), 0);
        if (chunks > 0) bar.show(doneChunks / chunks, () => `${formatCount(sent)} sent`);
      })
      .finally(bar.clear);
    if (!report) {
      printMessage(`${workflowId} goes on; "temporal workflow cancel --workflow-id ${workflowId}" ends it`);
      process.exitCode = exitCodes.interrupted;
      return;
    }
    await print(report, flags);
  });
}

/** With a bar on a terminal. */
async function tryHere(job: string, flags: ReplayFlags): Promise<readonly ReplayedShare[]> {
  const spec = await loadPinnedJobSpec(job, flags);
  const pool = createReplayPool({ memoryBytes: defaultEngineMemoryBytes });
  const bar = progressBar();
  try {
    return await pool.try({ spec, choice: choiceOf(flags) }, interruptSignal(), (share) => {
      bar.show(share, () => 'tried');
    });
  } finally {
    bar.clear();
    await pool.close();
  }
}

function choiceOf({ topic, where, toTopic, limit, all, again, timestamp }: ReplayFlags): ReplayChoice {
  return {
    ...(topic === undefined ? {} : { topics: topic }),
    ...(where === undefined ? {} : { where }),
    ...(toTopic === undefined ? {} : { toTopic }),
    ...(limit === undefined ? {} : { limit }),
    ...(all === undefined ? {} : { all }),
    ...(again === undefined ? {} : { again }),
    ...(timestamp === undefined ? {} : { timestamp }),
  };
}

async function print(report: ReplayReport, { json, dryRun }: ReplayFlags): Promise<void> {
  await (json === true ? printJson(report) : writeLine(renderReplay(report, dryRun === true)));
}
