import { field, struct, type StructType } from './table-schema.ts';

/** Why a record became a dead letter; stored in `error_code` of the dead-letter table. */
export const deadLetterCodes = [
  'EMPTY_VALUE',
  'TOMBSTONE',
  'INVALID_UTF8',
  'INVALID_JSON',
  'NOT_AN_OBJECT',
  'REQUIRED_MISSING',
  'CAST_FAILED',
  'EXTRA_FIELDS',
  'RULE_FAILED',
  'VALUE_TOO_LARGE',
  'UNDECODABLE',
  'UNKNOWN_SCHEMA',
  'SCHEMA_INCOMPATIBLE',
  'ENGINE_CRASHED',
] as const;

export type DeadLetterCode = (typeof deadLetterCodes)[number];

/** Partition column of every dead-letter table: the UTC date (yyyy-MM-dd) on which the batch was planned. */
export const deadLetterPartitionColumn = 'partition_date';

/**
 * The code of a record that came too late for the windows of an output. It is a row of the job's table as well, so this is
 * not what became of its offset.
 */
export const lateRecordCode = 'LATE_RECORD';

/** The `step` of such a dead letter. */
export function lateRecordStep(output: string): string {
  return `outputs.${output}`;
}

/** One row per rejected record, with all that is needed to look at it, or to send it again. */
export const deadLetterSchema: StructType = struct(
  field('topic', 'string', false),
  field('partition', 'integer', false),
  field('offset', 'long', false),
  field('timestamp', 'timestamp'),
  field('timestamp_type', 'string'),
  field('key', 'binary'),
  field('value', 'binary'),
  field('headers', {
    type: 'array',
    elementType: struct(field('key', 'binary'), field('value', 'binary')),
    containsNull: true,
  }),
  field('step', 'string', false),
  field('error_code', 'string', false),
  field('error_message', 'string', false),
  field('schema_id', 'integer'),
  field('job', 'string', false),
  field('batch', 'long', false),
  field('dead_lettered_at', 'timestamp', false),
  field(deadLetterPartitionColumn, 'string', false),
);

/** The columns that say which record a dead letter was. */
export const deadLetterCoordinates = { topic: 'topic', partition: 'partition', offset: 'offset' } as const;

/** The columns that say which batch of which job wrote a dead letter. */
export const deadLetterOwnerColumns = { job: 'job', batch: 'batch', step: 'step', code: 'error_code' } as const;
