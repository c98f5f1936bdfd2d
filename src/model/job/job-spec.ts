import type { AlertSpec } from './alert.ts';
import type { BinaryParse } from './binary-parse.ts';
import type { DeduplicateStep } from './deduplicate-rule.ts';
import type { KeyStep } from './key-step.ts';
import type { MetadataSource } from './metadata-source.ts';
import type { Maintenance } from './maintenance.ts';
import type { NormalizeRule } from './normalize-rule.ts';
import type { Offset } from '../batch/offset-range.ts';
import type { OutputSpec } from '../outputs/output-spec.ts';
import type { ScrubRule } from './scrub-rule.ts';
import type { DataType, StructField } from '../table/table-schema.ts';
import type { ValidationContent, ValidationRule } from './validation-rule.ts';

/**
 * A job as it runs: validated, overlays and defaults applied, JSON-safe. The YAML that people write is turned into
 * this by `src/spec`; everything else reads only this. Secrets stay `${VAR}` references until a client is made of them.
 */
export interface JobSpec {
  readonly name: string;
  readonly description?: string;
  readonly source: KafkaSource;
  readonly trigger: Trigger;
  readonly steps: PipelineSteps;
  readonly table: TableTarget;
  readonly deadLetter: DeadLetterTarget;
  /** Further tables that are made of the rows; absent where there are none. */
  readonly outputs?: readonly OutputSpec[];
  /** Where commits are mirrored for people; the table stays the authority. */
  readonly checkpointPath?: string;
  readonly maintenance?: Maintenance;
  readonly alerts?: readonly AlertSpec[];
  /** Log one line per batch with totals and the distribution over topic partitions. */
  readonly withMetrics: boolean;
}

export interface KafkaSource {
  /** `host:port` each. */
  readonly bootstrapServers: readonly string[];
  readonly topics: TopicSelection;
  readonly startingOffsets: OffsetPosition;
  readonly failOnDataLoss: boolean;
  readonly isolationLevel: 'read_committed' | 'read_uncommitted';
  /** Upper bound of offsets in one micro-batch, over all partitions of a topic. */
  readonly maxOffsetsPerTrigger?: number;
  /** Upper bound of record bytes in one micro-batch, over all partitions of a topic; estimated when planning. */
  readonly maxBytesPerTrigger: number;
  readonly security?: KafkaSecurity;
}

export type TopicSelection =
  | { readonly kind: 'list'; readonly topics: readonly string[] }
  | { readonly kind: 'pattern'; readonly pattern: string };

/** Where to start or reset to. Offsets per topic and partition may mix numbers with `earliest` and `latest`. */
export type OffsetPosition =
  | { readonly kind: 'earliest' }
  | { readonly kind: 'latest' }
  | { readonly kind: 'timestamp'; readonly timestampMs: number }
  | {
      readonly kind: 'offsets';
      readonly offsets: Readonly<Record<string, Readonly<Record<string, Offset | 'earliest' | 'latest'>>>>;
    };

export interface KafkaSecurity {
  readonly tls: boolean;
  /** Path of a PEM file. */
  readonly caFile?: string;
  readonly sasl?: {
    readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
    /** `${VAR}` references, resolved where the client is made. */
    readonly username: string;
    readonly password: string;
  };
}

export type Trigger = { readonly kind: 'interval'; readonly intervalMs: number } | { readonly kind: 'availableNow' };

/** The steps of the pipeline, in the order in which they run. A step that is absent does nothing. */
export interface PipelineSteps {
  readonly parse: ParseStep;
  /** Absent where keys are not decoded. */
  readonly key?: KeyStep;
  readonly malformed: MalformedStep;
  readonly metadata: MetadataStep;
  readonly validate?: ValidateStep;
  readonly scrub?: ScrubStep;
  readonly normalize?: NormalizeStep;
  readonly derive: DeriveStep;
  readonly deduplicate?: DeduplicateStep;
}

/** Bytes to columns. `raw` makes none; the others make one column per field of `schema`. */
export type ParseStep =
  | BinaryParse
  | { readonly format: 'raw' }
  | {
      readonly format: 'json';
      readonly schema: readonly StructField[];
      readonly onCastFailure: 'reject' | 'null';
      /** Fields of the object that the schema does not name, nested ones aside. Default: `drop`. */
      readonly extraFields?: ExtraFields;
      /** Under `addColumns`: JSON pointers of fields that are left out all the same. */
      readonly leftOut?: readonly string[];
      /** Under `addColumns`: records with further fields are refused, of which there are too many. */
      readonly refusesNewFields?: boolean;
    };

/** `keep` puts them into the column `_extra` as JSON; `addColumns` makes columns of them, as `table.schemaEvolution` allows. */
export const extraFieldsPolicies = ['drop', 'keep', 'reject', 'addColumns'] as const;

export type ExtraFields = (typeof extraFieldsPolicies)[number];

export const extraFieldsColumn = '_extra';

/** What becomes of records that do not parse, and of tombstones (null values). */
export interface MalformedStep {
  /** `keep` makes a row with null columns and `isValid` false; not possible where the raw value is not valid UTF-8. */
  readonly records: 'deadLetter' | 'keep';
  /** `keep` makes a row with a null value. */
  readonly tombstones: 'deadLetter' | 'drop' | 'keep';
}

/** Column name to what it holds, in the order of the table. */
export interface MetadataStep {
  readonly columns: readonly { readonly name: string; readonly source: MetadataSource }[];
}

/** What must hold, and the columns that say whether it does. */
export interface ValidateStep {
  readonly rules: readonly ValidationRule[];
  readonly columns: readonly { readonly name: string; readonly content: ValidationContent }[];
}

/** Fields whose values must not be stored as they came. */
export interface ScrubStep {
  readonly rules: readonly ScrubRule[];
  /** A `${VAR}` reference, resolved where the engine runs; with it hashes are HMAC-SHA-256, without it SHA-256. */
  readonly hmacKey?: string;
  /** A boolean column: did one of the fields hold a value? */
  readonly flagColumn: string;
  /** Metadata columns with the whole value or all headers that no rule names: the job is invalid, or they become null. */
  readonly rawValue: 'refuse' | 'redact';
  /** `redact` leaves key, value and headers out of dead letters; their message has a digest of the value. */
  readonly deadLetters: 'redact' | 'keep';
}

/** One form for texts and times. */
export interface NormalizeStep {
  readonly rules: readonly NormalizeRule[];
}

/** Further columns by SQL expression over the columns made so far. */
export interface DeriveStep {
  readonly columns: readonly { readonly name: string; readonly type: DataType; readonly sql: string }[];
}

export interface TableTarget {
  /** `{topic}` stands for the topic's name; a folder or an `s3://` URL. */
  readonly path: string;
  readonly partitionBy: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
  /** A file that grows beyond this is closed and another one begun. */
  readonly targetFileSizeBytes: number;
  /** For programs that look for new files without reading the log: a list of each batch's files, in the table's `_manifests/`. */
  readonly manifests?: ManifestFormat;
  /** What becomes of a table that lacks a column, or has a narrower one. Default: `addColumns`. */
  readonly schemaEvolution?: SchemaEvolution;
}

/**
 * `addColumns`: the table gets new columns and wider types, in the commit of the rows that need them. `none`: it stays as
 * it is, and fields that records have beyond it are left out. `strict`: it stays as it is, and such records are refused.
 */
export const schemaEvolutions = ['addColumns', 'none', 'strict'] as const;

export type SchemaEvolution = (typeof schemaEvolutions)[number];

export function schemaEvolutionOf({ table }: Pick<JobSpec, 'table'>): SchemaEvolution {
  return table.schemaEvolution ?? 'addColumns';
}

/** Does the job make columns of JSON fields that its schema does not name? */
export function findsNewFields({ steps: { parse }, table }: JobSpec): boolean {
  return (
    parse.format === 'json' &&
    parse.extraFields === 'addColumns' &&
    parse.refusesNewFields !== true &&
    schemaEvolutionOf({ table }) === 'addColumns'
  );
}

export const manifestFormats = ['json', 'text', 'parquet'] as const;

export type ManifestFormat = (typeof manifestFormats)[number];

export interface DeadLetterTarget {
  /** `{topic}` stands for the topic's name. */
  readonly path: string;
}

/** The table of a topic: `path` with `{topic}` filled in. */
export function pathForTopic(template: string, topic: string): string {
  return template.replaceAll('{topic}', topic);
}
