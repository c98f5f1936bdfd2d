import { Context } from '@temporalio/activity';
import { toTemporalFailure } from './application-failure.ts';

/** Well below the heartbeat timeout; Temporal's SDK throttles what is sent. */
const heartbeatIntervalMs = 2000;

/**
 * Runs an activity's work: heartbeats while it lasts, hands it the cancellation signal, and maps what it throws. The
 * heartbeat has no details: an attempt that starts again starts from its plan, which is idempotent.
 */
export async function withHeartbeat<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), heartbeatIntervalMs);
  try {
    return await work(context.cancellationSignal);
  } catch (error) {
    throw toTemporalFailure(error, context.info.attempt, context.cancellationSignal);
  } finally {
    clearInterval(timer);
  }
}
