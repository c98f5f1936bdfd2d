import type { DeadLetterCode } from '../table/dead-letter.ts';
import type { StepDropReason } from '../batch/dropped-offsets.ts';
import type { JobSpec } from '../job/job-spec.ts';
import type { StructField } from '../table/table-schema.ts';
import type { RuleAction } from '../job/validation-rule.ts';

/**
 * One step of the pipeline. It says in SQL what it adds to the columns that the steps before it made; the compiler
 * (`src/transform/compile-pipeline.ts`) joins the steps to one statement. A step whose work the job does not ask for
 * returns `undefined`.
 */
export interface PipelineStep {
  readonly name: string;
  plan(spec: JobSpec, before: PipelineSoFar): StepPlan | undefined;
}

/** What the steps before made. */
export interface PipelineSoFar {
  readonly columns: readonly StructField[];
  /** Their positions are the values of `hidden.reject`. */
  readonly rejections: readonly NamedRejection[];
}

export interface NamedRejection {
  readonly step: string;
  readonly code: DeadLetterCode;
}

export interface StepPlan {
  /** Each layer is a SELECT over the one before it: it adds columns, or replaces those of the same name. */
  readonly layers: readonly (readonly ComputedColumn[])[];
  /** The columns of the table as they stand after the step, in order. */
  readonly columns: readonly StructField[];
  /** Judged over the step's last layer; the first that holds rejects the record. */
  readonly rejections: readonly Rejection[];
  /** Judged over the step's last layer, for records that nothing rejects; the first that holds drops the record. */
  readonly drops?: readonly RecordDrop[];
  /** Counted over the step's last layer; what becomes of a record that fails, rejections and drops say. */
  readonly rules?: readonly JudgedRule[];
}

export interface CountedRule {
  readonly rule: string;
  readonly action: RuleAction;
}

export interface JudgedRule extends CountedRule {
  /** SQL: does the record fail the rule? Never null. */
  readonly fails: string;
}

export interface ComputedColumn {
  readonly name: string;
  /** An SQL expression; names are quoted with `quoteIdentifier`, text with `quoteLiteral`. */
  readonly sql: string;
}

export interface Rejection {
  readonly code: DeadLetterCode;
  /** SQL: does the record fail? Null counts as no. */
  readonly when: string;
  /** SQL: the message of the dead letter; evaluated for failing records only. */
  readonly message: string;
}

/** A record that becomes neither row nor dead letter, but a counted drop whose offset the commit names. */
export interface RecordDrop {
  readonly reason: StepDropReason;
  /** SQL: is the record dropped? Null counts as no. */
  readonly when: string;
}

/** Columns that belong to the pipeline and not to the table. */
export const hiddenPrefix = '__kb_';

/**
 * The columns of the table that records are appended to, as SQL. `text` is the value where it is valid UTF-8 and
 * `bytes` is it where it is not, or where no step asks for text: a value is in one of the two. Of a binary format
 * `bytes` is the value and `text` what it was decoded to.
 */
export const hidden = {
  /** What a step's SQL selects from: not a name of the engine's choosing, which the user's SQL could say. */
  rows: `"${hiddenPrefix}rows"`,
  partition: `"${hiddenPrefix}partition"`,
  offset: `"${hiddenPrefix}offset"`,
  timestamp: `"${hiddenPrefix}timestamp"`,
  timestampMs: `"${hiddenPrefix}timestamp_ms"`,
  isLogAppendTime: `"${hiddenPrefix}is_log_append_time"`,
  leaderEpoch: `"${hiddenPrefix}leader_epoch"`,
  text: `"${hiddenPrefix}text"`,
  bytes: `"${hiddenPrefix}bytes"`,
  /** A `JsonScan` of the text. */
  jsonScan: `"${hiddenPrefix}json_scan"`,
  key: `"${hiddenPrefix}key"`,
  /** What the key was decoded to, as JSON; null where it is not, or the key is null. */
  keyText: `"${hiddenPrefix}key_text"`,
  /** The registry's id of the schema that the key was written with. */
  keySchemaId: `"${hiddenPrefix}key_schema_id"`,
  headers: `"${hiddenPrefix}headers"`,
  /** The registry's id of the schema that the value was written with. */
  schemaId: `"${hiddenPrefix}schema_id"`,
  rowHash: `"${hiddenPrefix}row_hash"`,
  /** Position in `CompiledPipeline.rejections`; null while nothing is wrong with the record. */
  reject: `"${hiddenPrefix}reject"`,
  message: `"${hiddenPrefix}message"`,
  /** Position in `CompiledPipeline.drops`; null while nothing drops the record. Never set beside `reject`. */
  drop: `"${hiddenPrefix}drop"`,
  /** A list of positions in `CompiledPipeline.rules`; null where the record fails none. */
  failedRules: `"${hiddenPrefix}failed_rules"`,
  /** JSON fields that the schema does not name: a list of pointer and value; null where there are none. */
  newFields: `"${hiddenPrefix}new_fields"`,
  isValid: `"${hiddenPrefix}is_valid"`,
  /** Was the record's value null? Staged where an output merges. */
  isTombstone: `"${hiddenPrefix}is_tombstone"`,
} as const;

/** SQL over staged rows: records that are neither dead letters nor dropped. */
export const isRow = `${hidden.reject} IS NULL AND ${hidden.drop} IS NULL`;

/** What of a record the pipeline reads; the rest is not handed to the engine. */
export interface InputNeeds {
  /** The value at all; as text where `text` is true, else as bytes. */
  readonly value: boolean;
  readonly text: boolean;
  /** The text is made from the bytes by the format's decoder, and both are there. */
  readonly decoded: boolean;
  /** A value that the decoder cannot read is handed over without a text. */
  readonly keepsUndecodable: boolean;
  /** The text is JSON, and what is proven of it stands beside it. */
  readonly jsonScan: boolean;
  readonly rowHash: boolean;
  readonly key: boolean;
  /** A column holds the key as text: a key that is not UTF-8 makes the record a dead letter. */
  readonly keyText: boolean;
  readonly headers: boolean;
  readonly leaderEpoch: boolean;
  /** The key is decoded before any SQL runs, and what becomes of a record whose key cannot be. */
  readonly decodedKey: 'no' | 'orReject' | 'orNull';
  readonly tombstones: 'deadLetter' | 'drop' | 'keep';
}

/** Rejections that no step's SQL finds: they are known before any runs, or it fails. Their positions are those of `CompiledPipeline.rejections`. */
export const sourceRejections = [
  { step: 'malformed', code: 'TOMBSTONE', message: 'the value is null (a tombstone)' },
  { step: 'parse', code: 'INVALID_UTF8', message: 'the value is not valid UTF-8' },
  { step: 'metadata', code: 'INVALID_UTF8', message: 'the key is not valid UTF-8, and a column holds it as text' },
  { step: 'parse', code: 'VALUE_TOO_LARGE', message: 'the value is larger than 32 MiB' },
  { step: 'parse', code: 'ENGINE_CRASHED', message: 'the engine cannot process the record' },
  { step: 'parse', code: 'UNDECODABLE', message: 'the value cannot be decoded' },
  { step: 'parse', code: 'UNKNOWN_SCHEMA', message: 'the registry does not know the schema of the value' },
  { step: 'key', code: 'UNDECODABLE', message: 'the key cannot be decoded' },
  { step: 'key', code: 'UNKNOWN_SCHEMA', message: 'the registry does not know the schema of the key' },
  { step: 'parse', code: 'SCHEMA_INCOMPATIBLE', message: 'the schema of the value does not go with the columns' },
] as const satisfies readonly (NamedRejection & { readonly message: string })[];

export const sourceRejection = {
  tombstone: 0,
  valueNotUtf8: 1,
  keyNotUtf8: 2,
  valueTooLarge: 3,
  undecodable: 5,
  unknownSchema: 6,
  keyUndecodable: 7,
  keyUnknownSchema: 8,
  schemaIncompatible: 9,
} as const;

/** Facts of the batch that columns hold; the compiler puts literals in their place. */
export const batchFact = {
  topic: `"${hiddenPrefix}topic"`,
  job: `"${hiddenPrefix}job"`,
  batch: `"${hiddenPrefix}batch"`,
  ingestedAt: `"${hiddenPrefix}ingested_at"`,
} as const;
