/**
 * Every error code of the project and whether trying again can help. An `outage` is retried until it is over. A
 * `defect` of the input, the table or the configuration is not, and stops the lane that met it. A `suspect` may be
 * either: it is tried a few times (`maxSuspectFailures`), and then it counts as a defect.
 */
export const errorCodes = {
  // job spec and command line
  SPEC_INVALID: 'defect',
  SPEC_NOT_FOUND: 'defect',
  USAGE: 'defect',
  // Kafka
  KAFKA_UNAVAILABLE: 'outage',
  KAFKA_AUTHENTICATION: 'defect',
  TOPIC_NOT_FOUND: 'outage',
  TOPIC_RECREATED: 'defect',
  OFFSETS_LOST: 'defect',
  KAFKA_PROTOCOL: 'outage',
  PRODUCER_FENCED: 'outage',
  RECORD_REFUSED: 'defect',
  // Schema Registry
  REGISTRY_UNAVAILABLE: 'outage',
  // engine and pipeline
  ENGINE_CRASHED: 'suspect',
  ENGINE_OUT_OF_MEMORY: 'suspect',
  PIPELINE_INVALID: 'defect',
  // Delta table and storage
  STORAGE_UNAVAILABLE: 'outage',
  STORAGE_ACCESS_DENIED: 'defect',
  STORAGE_MISCONFIGURED: 'defect',
  STORAGE_UNSAFE: 'defect',
  COMMIT_STATE_UNKNOWN: 'outage',
  STAGED_FILE_MISSING: 'suspect',
  TABLE_NOT_FOUND: 'defect',
  TABLE_CORRUPT: 'suspect',
  TABLE_FEATURE_UNSUPPORTED: 'defect',
  TABLE_SCHEMA_MISMATCH: 'defect',
  TABLE_CHANGED: 'outage',
  READ_VERSION_GONE: 'defect',
  TABLE_OWNED_BY_ANOTHER_JOB: 'defect',
  LANE_FENCED: 'defect',
  OFFSETS_DISAGREE: 'defect',
  RESET_INVALID: 'defect',
  OUTPUT_BEHIND: 'defect',
  OUTPUT_CHANGED: 'defect',
  REPLAY_OVERTAKEN: 'defect',
  REPLAY_PROGRESS_LOST: 'defect',
  // receivers of alerts
  RECEIVER_UNAVAILABLE: 'outage',
  RECEIVER_REFUSED: 'defect',
  // the servers of the local stack
  PREREQUISITE_MISSING: 'defect',
  SERVER_NOT_READY: 'outage',
  TEMPORAL_UNAVAILABLE: 'outage',
  WORKER_STOPPING: 'outage',
  WORKER_FULL: 'outage',
  WORKER_UNAVAILABLE: 'outage',
  JOB_NOT_RUNNING: 'defect',
  INTERNAL: 'suspect',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** A worker has handed work on, as it stops or has no place for it: nothing to warn of. */
export function isHandedOn(code: ErrorCode): boolean {
  return code === 'WORKER_STOPPING' || code === 'WORKER_FULL';
}

export const maxSuspectFailures = 5;

/** Suspect failures one after the other, once a failure with `code` has followed `earlier` of them: an outage ends a row. */
export function countSuspectFailures(code: ErrorCode, earlier: number): number {
  return errorCodes[code] === 'suspect' ? earlier + 1 : 0;
}

/** Can another attempt help, after so many suspect failures one after the other, this one included? */
export function isRetryable(code: ErrorCode, suspectFailures: number): boolean {
  const kind = errorCodes[code];
  return kind === 'outage' || (kind === 'suspect' && suspectFailures < maxSuspectFailures);
}

export function isErrorCode(name: string | null | undefined): name is ErrorCode {
  return typeof name === 'string' && Object.hasOwn(errorCodes, name);
}
