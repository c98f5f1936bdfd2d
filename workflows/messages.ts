import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { AlertState } from '../src/model/job/alert.ts';
import type { JobProgress } from '../src/model/requests/job-progress.ts';
import type { ReplayStatus } from '../src/model/requests/replay-requests.ts';

/** Lets the running micro-batches commit, then completes the job. */
export const gracefulStopSignal = defineSignal('gracefulStop');
export const gracefulStopUpdate = defineUpdate<JobProgress>('gracefulStop');

/** Payload: `ResetRequest` as people write it; a payload that cannot be read is reported in `progress.warning`. */
export const resetCheckpointSignal = defineSignal<[unknown]>('resetCheckpoint');
/** Refused at once when the payload cannot be read; answers when the lanes stand at their new positions. */
export const resetCheckpointUpdate = defineUpdate<JobProgress, [unknown]>('resetCheckpoint');

export const pauseSignal = defineSignal('pause');
export const pauseUpdate = defineUpdate<JobProgress>('pause');

/** Also starts lanes again that a defect has stopped. */
export const resumeSignal = defineSignal('resume');
export const resumeUpdate = defineUpdate<JobProgress>('resume');

export const progressQuery = defineQuery<JobProgress>('progress');
/** The same of a replay of dead letters. */
export const replayProgressQuery = defineQuery<ReplayStatus>('progress');

/** Of a job's alerts (`<job>/alerts`): those that fire. */
export const alertsQuery = defineQuery<readonly AlertState[]>('alerts');

/** From a job to its micro-batch: if no batch has been planned yet, give up and say so. */
export const releaseSignal = defineSignal('release');
