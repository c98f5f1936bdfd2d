/**
 * Every error code of the project and whether trying again can help. An `outage` is retried until it is over; a
 * `defect` of the input, the table or the code is not, and stops the lane that met it.
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
  // engine and pipeline
  ENGINE_CRASHED: 'outage',
  ENGINE_OUT_OF_MEMORY: 'outage',
  PIPELINE_INVALID: 'defect',
  // Delta table and storage
  STORAGE_UNAVAILABLE: 'outage',
  COMMIT_STATE_UNKNOWN: 'outage',
  STAGED_FILE_MISSING: 'outage',
  TABLE_NOT_FOUND: 'defect',
  TABLE_CORRUPT: 'defect',
  TABLE_FEATURE_UNSUPPORTED: 'defect',
  TABLE_SCHEMA_MISMATCH: 'defect',
  TABLE_CHANGED: 'outage',
  TABLE_OWNED_BY_ANOTHER_JOB: 'defect',
  LANE_FENCED: 'defect',
  RESET_INVALID: 'defect',
  // the servers of the local stack
  PREREQUISITE_MISSING: 'defect',
  SERVER_NOT_READY: 'outage',
  TEMPORAL_UNAVAILABLE: 'outage',
  JOB_NOT_RUNNING: 'defect',
  VERIFY_FAILED: 'defect',
  INTERNAL: 'outage',
} as const;

export type ErrorCode = keyof typeof errorCodes;

export function isRetryable(code: ErrorCode): boolean {
  return errorCodes[code] === 'outage';
}
