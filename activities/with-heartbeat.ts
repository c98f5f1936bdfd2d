import { Context } from '@temporalio/activity';
import { countSuspectFailures } from '../src/model/error-code.ts';
import { codeOf, toTemporalFailure } from './application-failure.ts';

/** Well below the heartbeat timeout; Temporal's SDK throttles what is sent. */
const heartbeatIntervalMs = 2000;

/**
 * Runs an activity's work: heartbeats while it lasts, hands it the cancellation signal, and maps what it throws. Nothing
 * of the work is in the heartbeat: an attempt that starts again starts from its plan, which is idempotent. Its details
 * are the number of suspect failures in a row before this attempt; they outlast attempts, and a worker that dies.
 */
export async function withHeartbeat<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
  const details: unknown = context.info.heartbeatDetails;
  const earlierSuspects = typeof details === 'number' ? details : 0;
  const timer = setInterval(() => context.heartbeat(earlierSuspects), heartbeatIntervalMs);
  try {
    return await work(context.cancellationSignal);
  } catch (error) {
    const suspectFailures = countSuspectFailures(codeOf(error), earlierSuspects);
    // The failure takes the last heartbeat's details along.
    if (suspectFailures !== earlierSuspects) context.heartbeat(suspectFailures);
    throw toTemporalFailure(error, suspectFailures, context.cancellationSignal);
  } finally {
    clearInterval(timer);
  }
}
