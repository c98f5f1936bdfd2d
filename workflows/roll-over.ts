import { condition, patched, workflowInfo } from '@temporalio/workflow';
import { findStuckBatches } from './activity-proxies.ts';
import type { Lane } from './lane.ts';
import { patches } from './patches.ts';

/** A lane takes about five events to be started and ended in a run, and ten for each batch. */
const eventsPerLane = 20;
/** The server ends a workflow at 51,200 events and 50 MiB; for the end of a run there has to be room. */
const maxEvents = 25_000;
const maxBytes = 16 * 1024 * 1024;

/**
 * Has the history grown long enough for the job to continue as new? The server suggests it at 4,096 events, which a job of
 * hundreds of lanes takes for starting them: it would do nothing but continue as new.
 */
export function isHistoryLong(laneCount: number): boolean {
  const { continueAsNewSuggested, historyLength, historySize, suggestedContinueAsNewReasons } = workflowInfo();
  if (!continueAsNewSuggested) return false;
  if (!patched(patches.historyGrowsWithLanes)) return true;
  if (suggestedContinueAsNewReasons?.includes('TOO_MANY_UPDATES')) return true;
  return historyLength >= Math.min(laneCount * eventsPerLane, maxEvents) || historySize >= maxBytes;
}

const firstLookMs = 5000;
const longestWaitMs = 60_000;
/** What a batch may take that does not fail; twice as long each time that it was given up. */
const patienceMs = 600_000;

/**
 * The other lanes rest until the last batch has ended. One that an outage keeps from ending, or that takes very long, is
 * given up: its lane is opened anew in the next run, which fences what may still be under way, and planned again.
 */
export async function giveUpStuckBatches(job: {
  readonly stopping: boolean;
  readonly lanes: readonly Lane[];
}): Promise<void> {
  const isOver = (): boolean => job.stopping || job.lanes.every(({ batchId }) => batchId === undefined);
  let waitMs = firstLookMs;
  for (let waitedMs = 0; !(await condition(isOver, waitMs)); waitMs = Math.min(waitMs * 2, longestWaitMs)) {
    waitedMs += waitMs;
    const running = job.lanes.flatMap((lane) => lane.batchId ?? []);
    const stuck = new Set(await findStuckBatches({ workflowIds: running }));
    for (const lane of job.lanes) {
      const isStuck = lane.batchId !== undefined && stuck.has(lane.batchId);
      if (isStuck || waitedMs >= patienceMs * 2 ** lane.givenUpBatches) lane.giveUpBatch();
    }
  }
}
