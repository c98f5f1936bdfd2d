import { isBinaryFormat } from '../model/job/binary-parse.ts';
import type { StepDropReason } from '../model/batch/dropped-offsets.ts';
import { findsNewFields, type JobSpec } from '../model/job/job-spec.ts';
import type { WindowRule } from '../model/outputs/output-spec.ts';
import {
  batchFact,
  hidden,
  sourceRejections,
  type InputNeeds,
  type CountedRule,
  type NamedRejection,
} from '../model/pipeline/pipeline-step.ts';
import { quoteIdentifier, quoteLiteral } from '../model/pipeline/sql-text.ts';
import { field, type StructField, type StructType } from '../model/table/table-schema.ts';
import { isHeaderContent } from './header-columns.ts';
import type { DerivedColumn } from './derived-column.ts';
import { outputExpressions } from './output-expressions.ts';
import { layersOf } from './step-layers.ts';
import { fullMatch } from './value-check-sql.ts';
import { compileDeduplication, type Deduplication } from './deduplicate.ts';
import { planSteps, tableSchema, type PlannedStep } from './table-schema.ts';

/** What one batch adds to a pipeline. */
export interface BatchFacts {
  readonly job: string;
  readonly topic: string;
  readonly batch: number;
  readonly plannedAtMs: number;
}

export interface CompiledPipeline {
  readonly outputSchema: StructType;
  readonly partitionColumns: readonly string[];
  /** Why a record can be rejected; `hidden.reject` holds the position. */
  readonly rejections: readonly NamedRejection[];
  /** Why a record can be dropped; `hidden.drop` holds the position. */
  readonly drops: readonly StepDropReason[];
  /** The rules whose failures are counted; `hidden.failedRules`, which is there where there are some, holds positions. */
  readonly rules: readonly CountedRule[];
  readonly needs: InputNeeds;
  /** Staged rows have `hidden.isTombstone`. */
  readonly tellsTombstones: boolean;
  /** Staged rows have `hidden.timestampMs`. */
  readonly tellsTimestamps: boolean;
  /** Staged rows have `hidden.newFields`, of which columns are to be made. */
  readonly findsNewFields: boolean;
  /** Records must be at hand until their slice is written: what comes too late for an output becomes a dead letter then. */
  readonly keepsRecords: boolean;
  /** Staged rows have `hidden.isValid`: further tables leave out what did not parse. */
  readonly tellsValidity: boolean;
  /** Dead letters must not hold the record; where there is a key, digests are made with it. */
  readonly redaction?: Redaction;
  /** SQL of the user that has to be tried, with the columns that it sees. */
  readonly derived: readonly DerivedColumn[];
  /** How rows of a batch are compared, once all of them are staged. */
  readonly deduplication?: Deduplication;
  /**
   * A SELECT over a table of appended records: the columns of the table, then the hidden partition, offset, reject,
   * message, drop and failed rules, the timestamp where something is compared with it, what further tables ask for (whether the value
   * parsed, and whether it is a tombstone), and new fields where they are looked for. One row per record, in their order;
   * where reject is not null it is a dead letter.
   */
  stagingSql(inputTable: string, facts: BatchFacts): string;
}

export interface Redaction {
  readonly isKeyed: boolean;
}

/** Joins the job's steps to one SQL statement. Throws PIPELINE_INVALID. Pure: the user's SQL is tried by `checkPipeline`. */
export function compilePipeline(spec: JobSpec): CompiledPipeline {
  const outputSchema = tableSchema(spec);
  const steps = planSteps(spec);
  const rejections: NamedRejection[] = [
    ...sourceRejections,
    ...steps.flatMap((step) => step.rejections.map(({ code }) => ({ step: step.name, code }))),
  ];
  const { scrub } = spec.steps;
  const rules = steps.flatMap((step) => step.rules ?? []);
  const keepsRecords = windowsOf(spec).some(({ late }) => late === 'deadLetter');
  const needs = inputNeeds(spec, keepsRecords || rejections.length > sourceRejections.length);
  const deduplication = compileDeduplication(spec, outputSchema.fields);
  const tellsValidity = (spec.outputs ?? []).length > 0;
  const tellsTombstones = hasMergingOutput(spec);
  const tellsTimestamps =
    deduplication !== undefined || windowsOf(spec).some(({ maxAheadMs }) => maxAheadMs !== undefined);
  return {
    outputSchema,
    partitionColumns: spec.table.partitionBy,
    rejections,
    drops: steps.flatMap(({ drops = [] }) => drops.map(({ reason }) => reason)),
    rules: rules.map(({ rule, action }) => ({ rule, action })),
    needs,
    tellsTombstones,
    tellsTimestamps,
    keepsRecords,
    findsNewFields: findsNewFields(spec),
    tellsValidity,
    ...(scrub?.deadLetters === 'redact' ? { redaction: { isKeyed: scrub.hmacKey !== undefined } } : {}),
    derived: [...derivedColumns(spec, steps), ...outputExpressions(spec.outputs ?? [], outputSchema.fields)],
    ...(deduplication === undefined ? {} : { deduplication }),
    stagingSql: (inputTable, facts) => {
      const source = sourceLayer(inputTable, { needs, tellsTombstones }, facts);
      const nested = steps.flatMap(layersOf).reduce((from, layer) => layer(from), source);
      const columns = outputSchema.fields.map(({ name }) => quoteIdentifier(name));
      const verdict = [hidden.reject, hidden.message, hidden.drop, ...(rules.length === 0 ? [] : [hidden.failedRules])];
      const compared = tellsTimestamps ? [hidden.timestampMs] : [];
      const validity = tellsValidity ? [hidden.isValid] : [];
      const found = findsNewFields(spec) ? [hidden.newFields] : [];
      const tombstones = tellsTombstones ? [hidden.isTombstone] : [];
      const asked = [...validity, ...tombstones, ...found];
      const output = [...columns, hidden.partition, hidden.offset, ...verdict, ...compared, ...asked];
      return `SELECT ${output.join(', ')} FROM (${nested})`;
    },
  };
}

/** Years 1970 to 9999: a record without a timestamp has −1, and a producer may have sent anything. */
const timestampSql =
  `CASE WHEN ${hidden.timestampMs} BETWEEN 0 AND 253402300799999 ` +
  `THEN make_timestamptz(${hidden.timestampMs} * 1000) END`;

function sourceLayer(
  inputTable: string,
  { needs, tellsTombstones }: Pick<CompiledPipeline, 'needs' | 'tellsTombstones'>,
  { job, topic, batch, plannedAtMs }: BatchFacts,
): string {
  const added = [
    `${timestampSql} AS ${hidden.timestamp}`,
    `${quoteLiteral(topic)} AS ${batchFact.topic}`,
    `${quoteLiteral(job)} AS ${batchFact.job}`,
    `CAST(${batch} AS BIGINT) AS ${batchFact.batch}`,
    `make_timestamptz(CAST(${BigInt(plannedAtMs) * 1000n} AS BIGINT)) AS ${batchFact.ingestedAt}`,
    `CAST(NULL AS UTINYINT) AS ${hidden.reject}`,
    `CAST(NULL AS VARCHAR) AS ${hidden.message}`,
    `CAST(NULL AS UTINYINT) AS ${hidden.drop}`,
    ...(needs.decoded ? [] : [`CAST(NULL AS INTEGER) AS ${hidden.schemaId}`]),
    ...(needs.decodedKey !== 'no' ? [] : [`CAST(NULL AS INTEGER) AS ${hidden.keySchemaId}`]),
    ...(needs.text ? [] : [`CAST(NULL AS VARCHAR) AS ${hidden.text}`]),
    ...(needs.value && (!needs.text || needs.decoded) ? [] : [`CAST(NULL AS BLOB) AS ${hidden.bytes}`]),
  ];
  const source = `SELECT *, ${added.join(', ')} FROM ${quoteIdentifier(inputTable)}`;
  // A value is in one of the two, and later steps may change what they hold.
  const isTombstone = `${hidden.text} IS NULL AND ${hidden.bytes} IS NULL`;
  return tellsTombstones ? `SELECT *, ${isTombstone} AS ${hidden.isTombstone} FROM (${source})` : source;
}

function hasMergingOutput({ outputs = [] }: JobSpec): boolean {
  return outputs.some(({ kind }) => kind === 'merge');
}

function windowsOf({ outputs = [] }: JobSpec): readonly WindowRule[] {
  return outputs.flatMap((output) => (output.kind === 'aggregate' && output.window ? [output.window] : []));
}

/** A dead letter needs value, key and headers, and only the SQL knows which records become one. */
function inputNeeds(spec: JobSpec, makesDeadLetters: boolean): InputNeeds {
  const { parse, key, malformed, metadata } = spec.steps;
  const sources = new Set(metadata.columns.map(({ source }) => source));
  const text = parse.format !== 'raw' || sources.has('value');
  return {
    text,
    decoded: isBinaryFormat(parse.format),
    jsonScan: parse.format !== 'raw',
    keepsUndecodable: malformed.records === 'keep',
    value: text || sources.has('valueBytes') || makesDeadLetters || hasMergingOutput(spec),
    rowHash: sources.has('rowHash'),
    keyText: sources.has('key'),
    key: makesDeadLetters || sources.has('key') || sources.has('keyBytes'),
    headers: makesDeadLetters || [...sources].some(isHeaderContent),
    leaderEpoch: sources.has('leaderEpoch'),
    decodedKey: key === undefined ? 'no' : key.onFailure === 'reject' ? 'orReject' : 'orNull',
    tombstones: malformed.tombstones,
  };
}

function derivedColumns(spec: JobSpec, steps: readonly PlannedStep[]): DerivedColumn[] {
  const before = columnsBefore('derive', steps);
  const { columns } = spec.steps.derive;
  const derived = columns.map(({ name, type, sql }, index): DerivedColumn => {
    const earlier = columns.slice(0, index).map((column) => field(column.name, column.type));
    return { place: ['steps', 'derive', name, 'sql'], type, sql, columnsBefore: [...before, ...earlier] };
  });
  return [...ruleSql(spec, columnsBefore('validate', steps)), ...derived];
}

/** Patterns are tried as well: the engine reads them when it runs them. */
function ruleSql({ steps: { validate } }: JobSpec, columns: readonly StructField[]): DerivedColumn[] {
  return (validate?.rules ?? []).flatMap(({ name, check }): DerivedColumn[] => {
    const rule = ['steps', 'validate', 'rules', name];
    if ('sql' in check) {
      return [{ place: [...rule, 'sql'], type: 'boolean', isCondition: true, sql: check.sql, columnsBefore: columns }];
    }
    if (check.pattern === undefined) return [];
    const sql = fullMatch("''", check.pattern);
    return [{ place: [...rule, 'pattern'], type: 'boolean', sql, columnsBefore: [] }];
  });
}

function columnsBefore(step: string, steps: readonly PlannedStep[]): readonly StructField[] {
  return steps.find(({ name }) => name === step)?.columnsBefore ?? [];
}
