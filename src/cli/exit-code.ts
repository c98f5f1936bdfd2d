import { BronzeError } from '../errors.ts';
import type { ErrorCode } from '../model/error-code.ts';

/** What the exit codes of `bronze` mean; printed by `bronze --help`. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  badInput: 2,
  difference: 3,
  outage: 4,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodeMeanings: readonly (readonly [ExitCode, string])[] = [
  [exitCodes.ok, 'done'],
  [exitCodes.failed, 'failed; the message says why'],
  [exitCodes.badInput, 'wrong usage, wrong job spec, or something named that is not there'],
  [exitCodes.difference, 'verify found a difference between Kafka and the tables'],
  [exitCodes.outage, 'a server did not answer: Kafka, Temporal or the storage; trying again can help'],
  [exitCodes.interrupted, 'interrupted by Ctrl-C'],
];

const byErrorCode: Partial<Record<ErrorCode, ExitCode>> = {
  USAGE: exitCodes.badInput,
  SPEC_INVALID: exitCodes.badInput,
  SPEC_NOT_FOUND: exitCodes.badInput,
  PIPELINE_INVALID: exitCodes.badInput,
  RESET_INVALID: exitCodes.badInput,
  TABLE_NOT_FOUND: exitCodes.badInput,
  TOPIC_NOT_FOUND: exitCodes.badInput,
  JOB_NOT_RUNNING: exitCodes.badInput,
  KAFKA_UNAVAILABLE: exitCodes.outage,
  TEMPORAL_UNAVAILABLE: exitCodes.outage,
  WORKER_UNAVAILABLE: exitCodes.outage,
  STORAGE_UNAVAILABLE: exitCodes.outage,
  SERVER_NOT_READY: exitCodes.outage,
};

/** The exit code for an error that ended a command. */
export function exitCodeOf(error: unknown): ExitCode {
  if (!(error instanceof BronzeError)) return exitCodes.failed;
  return byErrorCode[error.code] ?? exitCodes.failed;
}
