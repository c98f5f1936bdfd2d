import type { WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { BronzeError } from '../errors.ts';
import { isErrorCode, type ErrorCode } from '../model/error-code.ts';

/** What a workflow, or an update of one, failed with, by its code. */
export function workflowFailure(error: WorkflowUpdateFailedError | WorkflowFailedError): Error {
  const { cause } = error;
  if (!(cause instanceof ApplicationFailure)) return error;
  const code: ErrorCode = isErrorCode(cause.type) ? cause.type : 'INTERNAL';
  return new BronzeError(code, cause.message, { cause: error });
}
