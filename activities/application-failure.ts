import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure, TemporalFailure } from '@temporalio/common';
import { BronzeError, errorMessage } from '../src/errors.ts';
import { isHandedOn, isRetryable, type ErrorCode } from '../src/model/error-code.ts';

/** Temporal keeps a failure in history: messages are cut well below its limit of 4 KiB. */
const maxMessageLength = 2000;
/** Not sooner: hundreds of lanes may come again and again. */
const handedOnAfter = '5s';

export function codeOf(error: unknown): ErrorCode {
  return error instanceof BronzeError ? error.code : 'INTERNAL';
}

/**
 * The one place where errors become Temporal failures: the code is the type, and decides about retries, together with
 * the number of suspect failures in a row that this one makes.
 */
export function toTemporalFailure(error: unknown, suspectFailures: number, signal: AbortSignal): Error {
  if (signal.aborted)
    return signal.reason instanceof CancelledFailure ? signal.reason : new CancelledFailure('cancelled');
  if (error instanceof TemporalFailure) return error;
  const code = codeOf(error);
  return ApplicationFailure.create({
    type: code,
    message: errorMessage(error).slice(0, maxMessageLength),
    nonRetryable: !isRetryable(code, suspectFailures),
    ...(isHandedOn(code) && { category: ApplicationFailureCategory.BENIGN }),
    ...(code === 'WORKER_FULL' && { nextRetryDelay: handedOnAfter }),
    ...(code === 'INTERNAL' && error instanceof Error ? { cause: error } : {}),
  });
}
