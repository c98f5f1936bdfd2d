import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { BronzeActivities } from '../activities/contract.ts';
import type { ErrorCode } from '../src/model/error-code.ts';

/**
 * Outages are retried until they are over: what cannot heal is thrown as non-retryable by the activity
 * (`activities/application-failure.ts`), so no attempt limit is set here.
 */
const retry: NonNullable<ActivityOptions['retry']> = {
  initialInterval: '200ms',
  backoffCoefficient: 2,
  maximumInterval: '15s',
};

/** A worker that dies is noticed within this time, and its attempt starts again elsewhere. */
const heartbeatTimeout = '10s';

/**
 * A heartbeat every 8 seconds of each of hundreds of lanes that wait would be most of what such a job costs the server: there
 * they come as seldom as once in 48 seconds.
 */
export function parkedHeartbeatMs(laneCount: number): number {
  return Math.min(Math.max(laneCount * 200, 10_000), 60_000);
}

/** Look-ups: seconds. */
export const { resolveJob, discoverTopics, settleSchema, findStuckBatches } = proxyActivities<BronzeActivities>({
  startToCloseTimeout: '1m',
  retry,
});

/** What is only for people must not hold up what is committed. */
export const { report } = proxyActivities<BronzeActivities>({
  startToCloseTimeout: '10s',
  retry: { ...retry, maximumAttempts: 3 },
});

/** It takes the lane over: one that is given up must be over before the next begins, or it would fence that. */
export const { openLane } = proxyActivities<BronzeActivities>({
  startToCloseTimeout: '10m',
  heartbeatTimeout,
  retry,
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
});

/** Commits: seconds, minutes on a slow store. */
export const { routeDeadLetters, commitDeltaLog } = proxyActivities<BronzeActivities>({
  startToCloseTimeout: '10m',
  heartbeatTimeout,
  retry,
});

/** State of many keys takes a while to be written anew. */
export const { commitOutput } = proxyActivities<BronzeActivities>({
  startToCloseTimeout: '1h',
  heartbeatTimeout,
  retry,
});

/** The bulk of the work: bounded by `maxBytesPerTrigger`; discarding rows rewrites files. */
export const { transformRange, resetLane } = proxyActivities<BronzeActivities>({
  startToCloseTimeout: '2h',
  heartbeatTimeout,
  retry,
});

/** Parked for as long as a topic is idle. */
export const { pollOffsets } = proxyActivities<BronzeActivities>({
  startToCloseTimeout: '24h',
  heartbeatTimeout,
  retry,
});

/** Another round follows, so a table that cannot be maintained now is left for that. */
export const { maintainTable } = proxyActivities<BronzeActivities>({
  startToCloseTimeout: '6h',
  heartbeatTimeout,
  retry: { ...retry, maximumAttempts: 5 },
});

/** Somebody waits for the answer: a topic that is not there is a mistake, and not one that is yet to be created. */
export const { planReplay, sendDeadLetters } = proxyActivities<BronzeActivities>({
  startToCloseTimeout: '2h',
  heartbeatTimeout,
  retry: { ...retry, nonRetryableErrorTypes: ['TOPIC_NOT_FOUND' satisfies ErrorCode] },
});

/** Jobs run without their maintenance rather than not at all. */
export const { startMaintenance, endMaintenance } = proxyActivities<BronzeActivities>({
  startToCloseTimeout: '10s',
  retry: { ...retry, maximumAttempts: 3 },
});

/** Until something is to be told; at most an hour, and one look more. */
export const { watchAlerts } = proxyActivities<BronzeActivities>({
  startToCloseTimeout: '2h',
  heartbeatTimeout,
  retry,
});

/** A receiver that is down for longer than a few minutes is not told. */
export const { notify } = proxyActivities<BronzeActivities>({
  startToCloseTimeout: '15s',
  retry: { initialInterval: '1s', backoffCoefficient: 3, maximumInterval: '1m', maximumAttempts: 7 },
});
