import { BronzeError, errorMessage } from '../errors.ts';

/** TEMPORAL_UNAVAILABLE, with what to do about it. */
export function temporalUnavailable(address: string, cause: unknown): BronzeError {
  return new BronzeError(
    'TEMPORAL_UNAVAILABLE',
    `no Temporal server answers at ${address} (${reason(cause)}). ` +
      'Start one with "npm start" or "bronze stack up", or set TEMPORAL_ADDRESS.',
    { cause },
  );
}

/** The worker's native client wraps what the operating system says in types of its own. */
function reason(cause: unknown): string {
  const text = errorMessage(cause);
  const kind = /Os \{[^}]*message: "([^"]*)"/.exec(text)?.[1];
  return kind === undefined ? text : kind.toLowerCase();
}
