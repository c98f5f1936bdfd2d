import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure, TerminatedFailure } from '@temporalio/workflow';
import { isErrorCode, type ErrorCode } from '../src/model/error-code.ts';

/** What went wrong below the layers of activities and children that a failure came through. */
export function findFailure(error: unknown): 'terminated' | { readonly code: ErrorCode; readonly message: string } {
  let cause: unknown = error;
  while (cause instanceof ChildWorkflowFailure || cause instanceof ActivityFailure) cause = cause.cause;
  if (cause instanceof TerminatedFailure) return 'terminated';
  const message = cause instanceof Error ? cause.message : String(cause);
  const code = cause instanceof ApplicationFailure && isErrorCode(cause.type) ? cause.type : 'INTERNAL';
  return { code, message };
}
