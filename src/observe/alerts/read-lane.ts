import type { AlertMeasure } from '../../model/job/alert.ts';
import type { LaneMemory } from '../../model/requests/alert-requests.ts';
import { dropCount, recordDropReasons } from '../../model/batch/batch.ts';
import type { LaneProgress } from '../../model/requests/job-progress.ts';

/** What one look at a lane has found. */
export interface LaneLook {
  readonly lane: LaneProgress;
  readonly failedAttempts: number;
  readonly failedCommits: number;
  /** Absent where it was not, or could not be measured. */
  readonly lag?: { readonly offsets: number; readonly waitingMs: number };
  readonly nowMs: number;
  /** When the job's alerts were first looked at. */
  readonly beganAtMs: number;
}

/** Measures of a lane; those that cannot be told now are absent. */
export type Readings = Readonly<Partial<Record<AlertMeasure, number>>>;

const rateWindowMs = 60_000;

/** What a look says beside the one before. */
export function readLane(
  look: LaneLook,
  before: LaneMemory | undefined,
): { readonly readings: Readings; readonly memory: LaneMemory } {
  const { lane, lag, nowMs } = look;
  const { lastBatch, state } = lane;
  const memory = remember(look, before);
  const records = memory.records - (before?.records ?? 0);
  const deadLetters = memory.deadLetters - (before?.deadLetters ?? 0);
  const rateMs = nowMs - memory.rateFrom.atMs;
  return {
    memory,
    readings: {
      ...(lastBatch && { batchDuration: lastBatch.durationMs }),
      ...(records > 0 && { deadLetterRatio: deadLetters / records }),
      ...(rateMs >= rateWindowMs && { rowsPerSecond: ((memory.rows - memory.rateFrom.rows) * 1000) / rateMs }),
      ...(lag && { lag: lag.offsets, lagTime: lag.waitingMs }),
      noDataFor: Math.max(0, nowMs - (lastBatch?.committedAtMs ?? look.beganAtMs)),
      failedAttempts: look.failedAttempts,
      failedCommits: look.failedCommits,
      laneFailed: state === 'failed' ? 1 : 0,
    },
  };
}

function remember({ lane, lag, nowMs }: LaneLook, before: LaneMemory | undefined): LaneMemory {
  const { rows, deadLetters, drops } = lane.totals;
  const dropped = recordDropReasons.reduce((sum, reason) => sum + dropCount(drops, reason), 0);
  const now = { atMs: nowMs, rows };
  const { rateFrom, rateNext } = before ?? { rateFrom: now, rateNext: now };
  // Two looks that are a window apart take turns, so that there is always one of one to two windows ago.
  const isOld = nowMs - rateNext.atMs >= rateWindowMs;
  return {
    topic: lane.topic,
    ...{ rows, deadLetters, records: rows + deadLetters + dropped },
    ...(isOld ? { rateFrom: rateNext, rateNext: now } : { rateFrom, rateNext }),
    ...(lag && lag.offsets > 0 ? { lagSinceMs: nowMs - lag.waitingMs } : {}),
  };
}
