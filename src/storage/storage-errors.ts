import { BronzeError, errorMessage } from '../errors.ts';

/** The code of a failed system call, such as `ENOENT`. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Nothing is at that path: it, or a folder above it, does not exist, or it is a folder. */
export function isAbsence(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR';
}

export function storageUnavailable(doing: string, location: string, cause: unknown): BronzeError {
  if (cause instanceof BronzeError) return cause;
  return new BronzeError('STORAGE_UNAVAILABLE', `${doing} ${location} failed: ${errorMessage(cause)}`, { cause });
}
