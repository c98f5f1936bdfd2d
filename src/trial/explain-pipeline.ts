import { comparedKeysSql } from '../ingest/deduplicate/find-duplicates.ts';
import { compileOutputs } from '../ingest/outputs/compile-output.ts';
import type { JobSpec } from '../model/job/job-spec.ts';
import type { OutputSpec } from '../model/outputs/output-spec.ts';
import { sourceRejections, type InputNeeds } from '../model/pipeline/pipeline-step.ts';
import type { StructField, StructType } from '../model/table/table-schema.ts';
import { compilePipeline } from '../transform/compile-pipeline.ts';
import { planSteps } from '../transform/table-schema.ts';
import { layOutSql } from './sql-layout.ts';

export interface ExplainedStep {
  readonly step: string;
  readonly columnsIn: readonly StructField[];
  readonly columnsOut: readonly StructField[];
  /** Why the step refuses records, in the order in which it looks. */
  readonly rejections: readonly string[];
  /** Why it drops records. */
  readonly drops: readonly string[];
}

/** A further table that is made of the rows. */
export interface ExplainedOutput {
  readonly output: string;
  readonly kind: OutputSpec['kind'];
  readonly table: StructType;
  readonly partitionColumns: readonly string[];
  /** What rows are told apart by, where they are replaced. */
  readonly keyColumns: readonly string[];
}

export interface ExplainedPipeline {
  readonly job: string;
  /** What of a record is handed to the engine. */
  readonly reads: readonly string[];
  /** Why records are refused before any SQL runs. */
  readonly sourceRejections: readonly { readonly step: string; readonly code: string }[];
  readonly steps: readonly ExplainedStep[];
  readonly table: StructType;
  readonly partitionColumns: readonly string[];
  readonly outputs: readonly ExplainedOutput[];
  /** The statement as the engine gets it, over a table `input`, with the facts of a first batch. */
  readonly sql: string;
  /** What is compared of each row to find duplicates, over a table `staged` that the statement above made. */
  readonly deduplicationSql?: string;
}

/** What a job's pipeline does, step by step. Throws PIPELINE_INVALID. Pure. */
export function explainPipeline(spec: JobSpec): ExplainedPipeline {
  const pipeline = compilePipeline(spec);
  const { topics } = spec.source;
  const topic = topics.kind === 'list' ? (topics.topics[0] ?? '') : topics.pattern;
  return {
    job: spec.name,
    reads: readsOf(pipeline.needs),
    sourceRejections: sourceRejections
      .filter((rejection) => canHappen(rejection, pipeline.needs))
      .map(({ step, code }) => ({ step, code })),
    steps: planSteps(spec).map(({ name, columnsBefore, columns, rejections, drops = [] }) => ({
      step: name,
      columnsIn: columnsBefore,
      columnsOut: columns,
      rejections: rejections.map(({ code }) => code),
      drops: drops.map(({ reason }) => reason),
    })),
    table: pipeline.outputSchema,
    partitionColumns: pipeline.partitionColumns,
    outputs: compileOutputs(spec).map(({ output: { name, kind, partitionBy }, compiled: { schema, keyColumns } }) => ({
      output: name,
      kind,
      table: schema,
      partitionColumns: partitionBy,
      keyColumns,
    })),
    sql: layOutSql(pipeline.stagingSql('input', { job: spec.name, topic, batch: 0, plannedAtMs: 0 })),
    ...(pipeline.deduplication ? { deduplicationSql: layOutSql(comparedKeysSql(pipeline.deduplication)) } : {}),
  };
}

function readsOf(needs: InputNeeds): readonly string[] {
  return [
    ...(needs.value ? [needs.text && !needs.decoded ? 'value as text' : 'value as bytes'] : []),
    ...(needs.key || needs.decodedKey !== 'no' ? [needs.keyText ? 'key as text' : 'key'] : []),
    ...(needs.headers ? ['headers'] : []),
    'partition',
    'offset',
    'timestamp',
  ];
}

function canHappen({ step, code }: (typeof sourceRejections)[number], needs: InputNeeds): boolean {
  switch (code) {
    case 'TOMBSTONE':
      return needs.tombstones === 'deadLetter';
    case 'INVALID_UTF8':
      return step === 'parse' ? needs.text && !needs.decoded : needs.keyText;
    case 'UNDECODABLE':
      return step === 'key' ? needs.decodedKey === 'orReject' : needs.decoded && !needs.keepsUndecodable;
    case 'UNKNOWN_SCHEMA':
    case 'SCHEMA_INCOMPATIBLE':
      return step === 'key' ? needs.decodedKey === 'orReject' : needs.decoded;
    case 'VALUE_TOO_LARGE':
    case 'ENGINE_CRASHED':
      return true;
  }
}
