import { hidden, sourceRejections, type InputNeeds, type NamedRejection } from '../model/pipeline-step.ts';
import { quoteIdentifier, quoteLiteral } from '../model/sql-text.ts';
import type { BatchFacts } from './compile-pipeline.ts';

/** Where dead letters come from: records that were rejected before any SQL ran, or by the pipeline. */
export type RejectedRecords =
  | { readonly kind: 'source'; readonly table: string }
  | {
      readonly kind: 'pipeline';
      readonly inputTable: string;
      readonly stagedTable: string;
      readonly needs: InputNeeds;
    };

/** A SELECT of rows of `deadLetterSchema`. `rejections` are those of the pipeline. */
export function deadLetterSql(
  rejected: RejectedRecords,
  rejections: readonly NamedRejection[],
  facts: BatchFacts,
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
  const plannedAt = `make_timestamptz(CAST(${BigInt(facts.plannedAtMs) * 1000n} AS BIGINT))`;
  const columns = {
    topic: quoteLiteral(facts.topic),
    partition: `${record}${hidden.partition}`,
    offset: `${record}${hidden.offset}`,
    timestamp:
      `CASE WHEN ${record}${hidden.timestampMs} BETWEEN 0 AND 253402300799999 ` +
      `THEN make_timestamptz(${record}${hidden.timestampMs} * 1000) END`,
    timestamp_type: `CASE WHEN ${record}${hidden.isLogAppendTime} THEN 'LogAppendTime' ELSE 'CreateTime' END`,
    key: `${record}${hidden.key}`,
    value: isBytes ? `${record}${hidden.bytes}` : `encode(${record}${hidden.text})`,
    headers: `${record}${hidden.headers}`,
    step: byReject(rejections.map(({ step }) => step)),
    error_code: byReject(rejections.map(({ code }) => code)),
    error_message: `coalesce(${message}, '')`,
    schema_id: isSource || rejected.needs.decoded ? `${record}${hidden.schemaId}` : 'CAST(NULL AS INTEGER)',
    job: quoteLiteral(facts.job),
    batch: `CAST(${facts.batch} AS BIGINT)`,
    dead_lettered_at: plannedAt,
    partition_date: `strftime(${plannedAt}, '%Y-%m-%d')`,
  };
  const select = Object.entries(columns).map(([name, sql]) => `${sql} AS ${quoteIdentifier(name)}`);
  return `SELECT ${select.join(', ')} FROM ${fromSql(rejected)}`;
}

function fromSql(rejected: RejectedRecords): string {
  if (rejected.kind === 'source') return `${quoteIdentifier(rejected.table)} r`;
  const { inputTable, stagedTable } = rejected;
  const verdicts =
    `SELECT ${hidden.partition}, ${hidden.offset}, ${hidden.reject}, ${hidden.message} ` +
    `FROM ${quoteIdentifier(stagedTable)} WHERE ${hidden.reject} IS NOT NULL`;
  return `${quoteIdentifier(inputTable)} r JOIN (${verdicts}) s USING (${hidden.partition}, ${hidden.offset})`;
}
