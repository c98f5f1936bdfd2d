import { hidden, sourceRejections, type InputNeeds, type NamedRejection } from '../model/pipeline/pipeline-step.ts';
import type { lateRecordCode } from '../model/table/dead-letter.ts';
import { quoteIdentifier, quoteLiteral } from '../model/pipeline/sql-text.ts';
import type { BatchFacts, Redaction } from './compile-pipeline.ts';
import { digestSql } from './digest-sql.ts';

/** Where dead letters come from: records that were rejected before any SQL ran, or by the pipeline. */
export type RejectedRecords =
  | { readonly kind: 'source'; readonly table: string }
  | {
      readonly kind: 'pipeline';
      readonly inputTable: string;
      readonly stagedTable: string;
      readonly needs: InputNeeds;
    };

/** Why there is a dead letter: the pipeline rejects the record, or it came too late for an output. */
export type DeadLetterCause = NamedRejection | { readonly step: string; readonly code: typeof lateRecordCode };

/** A SELECT of rows of `deadLetterSchema`. `rejections` are those of the pipeline, and what comes after them. */
export function deadLetterSql(
  rejected: RejectedRecords,
  rejections: readonly DeadLetterCause[],
  facts: BatchFacts,
  redaction?: Redaction,
): string {
  const isSource = rejected.kind === 'source';
  const [record, verdict] = ['r.', isSource ? 'r.' : 's.'];
  const reject = `${verdict}${hidden.reject}`;
  const byReject = (values: readonly string[]): string =>
    `CASE ${reject} ${values.map((value, index) => `WHEN ${index} THEN ${quoteLiteral(value)}`).join(' ')} END`;
  const message = isSource
    ? `coalesce(${record}${hidden.message}, ${byReject(sourceRejections.map((r) => r.message))})`
    : `${verdict}${hidden.message}`;
  const isBytes = isSource || !rejected.needs.text || rejected.needs.decoded;
  const value = isBytes ? `${record}${hidden.bytes}` : `encode(${record}${hidden.text})`;
  const plannedAt = `make_timestamptz(CAST(${BigInt(facts.plannedAtMs) * 1000n} AS BIGINT))`;
  const columns = {
    topic: quoteLiteral(facts.topic),
    partition: `${record}${hidden.partition}`,
    offset: `${record}${hidden.offset}`,
    timestamp:
      `CASE WHEN ${record}${hidden.timestampMs} BETWEEN 0 AND 253402300799999 ` +
      `THEN make_timestamptz(${record}${hidden.timestampMs} * 1000) END`,
    timestamp_type: `CASE WHEN ${record}${hidden.isLogAppendTime} THEN 'LogAppendTime' ELSE 'CreateTime' END`,
    ...(redaction === undefined
      ? { key: `${record}${hidden.key}`, value, headers: `${record}${hidden.headers}` }
      : nothing),
    step: byReject(rejections.map(({ step }) => step)),
    error_code: byReject(rejections.map(({ code }) => code)),
    error_message:
      redaction === undefined
        ? `coalesce(${message}, '')`
        : redactedMessage(reject, message, value, rejections, redaction),
    schema_id: isSource || rejected.needs.decoded ? `${record}${hidden.schemaId}` : 'CAST(NULL AS INTEGER)',
    job: quoteLiteral(facts.job),
    batch: `CAST(${facts.batch} AS BIGINT)`,
    dead_lettered_at: plannedAt,
    partition_date: `strftime(${plannedAt}, '%Y-%m-%d')`,
  };
  const select = Object.entries(columns).map(([name, sql]) => `${sql} AS ${quoteIdentifier(name)}`);
  return `SELECT ${select.join(', ')} FROM ${fromSql(rejected)}`;
}

const nothing = {
  key: 'CAST(NULL AS BLOB)',
  value: 'CAST(NULL AS BLOB)',
  headers: 'CAST(NULL AS STRUCT("key" BLOB, "value" BLOB)[])',
};

/**
 * What decoders and the engine say of one record may quote it, and names of extra fields are the record's own: those
 * messages are the same for all records. The other ones of the pipeline name fields of the schema and rules alone.
 */
function redactedMessage(
  reject: string,
  message: string,
  value: string,
  rejections: readonly DeadLetterCause[],
  { isKeyed }: Redaction,
): string {
  const fixed = rejections.flatMap(({ code }, index) => {
    const known =
      sourceRejections[index]?.message ?? (code === 'EXTRA_FIELDS' ? 'the schema does not name all fields' : undefined);
    return known === undefined ? [] : [`WHEN ${index} THEN ${quoteLiteral(known)}`];
  });
  const said = `CASE ${reject} ${fixed.join(' ')} ELSE ${message} END`;
  const digest = `; ${isKeyed ? 'HMAC-SHA-256' : 'SHA-256'} of the value: `;
  return `concat(${said}, ${quoteLiteral(digest)} || ${digestSql(value, isKeyed)})`;
}

function fromSql(rejected: RejectedRecords): string {
  if (rejected.kind === 'source') return `${quoteIdentifier(rejected.table)} r`;
  const { inputTable, stagedTable } = rejected;
  const verdicts =
    `SELECT ${hidden.partition}, ${hidden.offset}, ${hidden.reject}, ${hidden.message} ` +
    `FROM ${quoteIdentifier(stagedTable)} WHERE ${hidden.reject} IS NOT NULL`;
  return `${quoteIdentifier(inputTable)} r JOIN (${verdicts}) s USING (${hidden.partition}, ${hidden.offset})`;
}
