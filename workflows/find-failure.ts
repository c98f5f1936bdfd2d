import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  TerminatedFailure,
} from '@temporalio/workflow';
import { isErrorCode, type ErrorCode } from '../src/model/error-code.ts';

export interface LaneError {
  readonly code: ErrorCode;
  readonly message: string;
}

/** What went wrong below the layers of activities and children that a failure came through; `ended`: by somebody. */
export function findFailure(error: unknown): 'ended' | LaneError {
  let cause: unknown = error;
  while (cause instanceof ChildWorkflowFailure || cause instanceof ActivityFailure) cause = cause.cause;
  if (cause instanceof TerminatedFailure || cause instanceof CancelledFailure) return 'ended';
  const message = cause instanceof Error ? cause.message : String(cause);
  const code = cause instanceof ApplicationFailure && isErrorCode(cause.type) ? cause.type : 'INTERNAL';
  return { code, message };
}
