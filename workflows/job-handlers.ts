import { ApplicationFailure, condition, patched, setHandler } from '@temporalio/workflow';
import type { ErrorCode } from '../src/model/error-code.ts';
import type { JobState } from './job-state.ts';
import * as messages from './messages.ts';
import { patches } from './patches.ts';

/** Wires signals, updates and the query to the job. An update answers when what it asked for is done. */
export function handleMessages(job: JobState): void {
  setHandler(messages.progressQuery, () => job.progress());
  setHandler(messages.gracefulStopSignal, () => job.stop());
  setHandler(messages.pauseSignal, () => job.pause());
  setHandler(messages.resumeSignal, () => job.resume());
  setHandler(messages.resetCheckpointSignal, (payload) => job.resetFromSignal(payload));

  setHandler(messages.gracefulStopUpdate, async () => {
    job.stop();
    await condition(() => job.completed);
    return job.progress();
  });
  setHandler(messages.pauseUpdate, async () => {
    job.pause();
    // It must not outlast the run, nor a resume: the job waits for its handlers before it continues as new.
    const isOver = (): boolean => job.completed || job.handingOver || !job.paused;
    await condition(() => isOver() || job.lanes.every((lane) => lane.isAtRest));
    return job.progress();
  });
  setHandler(messages.resumeUpdate, async () => {
    job.resume();
    if (patched(patches.resumeAnswersAfter)) {
      const isOver = (): boolean => job.completed || job.handingOver || job.paused;
      await condition(() => isOver() || job.lanes.every((lane) => lane.progress.state !== 'paused'));
    }
    return job.progress();
  });
  setHandler(
    messages.resetCheckpointUpdate,
    async (payload) => {
      await condition(() => job.completed || job.lanes.length > 0);
      if (job.lanes.length === 0) throw refuse('JOB_NOT_RUNNING', 'the job was stopped before it began');
      const parsed = job.parseReset(payload);
      if (!parsed.ok) throw refuse('RESET_INVALID', `expected ${parsed.expected}`);
      const lanes = job.reset(parsed.value);
      await condition(() => job.completed || job.handingOver || lanes.every((lane) => !lane.isResetting));
      const refusals = lanes.flatMap((lane) => lane.refusalOf(parsed.value) ?? []);
      if (refusals[0]) throw refuse(refusals[0].code, refusals[0].message);
      const failed = lanes.find((lane) => lane.progress.error);
      if (failed?.progress.error)
        throw refuse(failed.progress.error.code, `${failed.topic}: ${failed.progress.error.message}`);
      return job.progress();
    },
    {
      validator: (payload) => {
        if (job.lanes.length === 0) return;
        const parsed = job.parseReset(payload);
        if (!parsed.ok) throw refuse('RESET_INVALID', `expected ${parsed.expected}`);
      },
    },
  );
}

function refuse(code: ErrorCode, message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, code);
}
