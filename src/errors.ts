import { isRetryable, type ErrorCode } from './model/error-code.ts';

/**
 * The one error class of the project. The message says what happened, where, and what was expected; `code` is what
 * programs switch on; `model/error-code.ts` says whether a retry can help.
 */
export class BronzeError extends Error {
  override readonly name = 'BronzeError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
  }

  /** Can a second attempt help? */
  get retryable(): boolean {
    return isRetryable(this.code, 1);
  }
}

export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
