import type { StoredColumn } from './state-files.ts';
import { hidden, hiddenPrefix } from '../model/pipeline/pipeline-step.ts';
import type { MergeOutput } from '../model/outputs/output-spec.ts';
import { duckType, quoteIdentifier } from '../model/pipeline/sql-text.ts';
import type { StructType } from '../model/table/table-schema.ts';

/** Columns of parts and state beside those of the job's table. */
export const mergeColumn = {
  /** What `orderBy` compares; null in tombstones. */
  order: `"${hiddenPrefix}order"`,
  /** Does the row remove its key? */
  removes: `"${hiddenPrefix}removes"`,
  /** The offset of the last tombstone of the key; null where there was none. */
  clearedAt: `"${hiddenPrefix}cleared_at"`,
} as const;

/** A merging output as pieces of SQL, of which its statements are made. */
export interface MergeSql {
  /** Quoted. */
  readonly keys: readonly string[];
  readonly columns: readonly string[];
  /** Of state, which there is where rows have an order: what is known of each key's newest row. */
  readonly stored: readonly StoredColumn[] | undefined;
  /** A SELECT without rows that has all columns of a part. */
  readonly emptySql: string;
  /** Over the columns of the job's table, and what is hidden beside them. */
  changesSql(relation: string): string;
}

export function mergeSql({ key, orderBy, deleteWhen }: MergeOutput, rows: StructType): MergeSql {
  const keys = key.map(quoteIdentifier);
  const columns = rows.fields.map(({ name }) => quoteIdentifier(name));
  const orderSql =
    orderBy === undefined ? 'NULL' : `CASE WHEN NOT ${hidden.isTombstone} THEN ${quoteIdentifier(orderBy)} END`;
  // The line breaks end a comment that the user's SQL may end with.
  const removes = deleteWhen === undefined ? 'false' : `coalesce(TRY(CAST((\n${deleteWhen}\n) AS BOOLEAN)), false)`;
  const added = [
    `CAST(${orderSql} AS ${typeOf(rows, orderBy)}) AS ${mergeColumn.order}`,
    `${hidden.isTombstone} OR ${removes} AS ${mergeColumn.removes}`,
    `CASE WHEN ${hidden.isTombstone} THEN ${hidden.offset} END AS ${mergeColumn.clearedAt}`,
  ];
  const nulls = rows.fields.map(({ name, type }) => `CAST(NULL AS ${duckType(type)}) AS ${quoteIdentifier(name)}`);
  const noCoordinates = `CAST(NULL AS INTEGER) AS ${hidden.partition}, CAST(NULL AS BIGINT) AS ${hidden.offset}`;
  const noRecord = `SELECT ${nulls.join(', ')}, ${noCoordinates}, false AS ${hidden.isTombstone} WHERE false`;
  const select = [...columns, hidden.partition, hidden.offset, ...added].join(', ');
  const stored = [
    ...key.map((name) => ({ name: quoteIdentifier(name), type: typeOf(rows, name) })),
    { name: mergeColumn.order, type: typeOf(rows, orderBy) },
    { name: mergeColumn.removes, type: 'BOOLEAN' },
    { name: hidden.partition, type: 'INTEGER' },
    { name: hidden.offset, type: 'BIGINT' },
  ];
  const changesSql = (relation: string): string => `SELECT ${select} FROM ${relation} AS ${hidden.rows}`;
  const emptySql = changesSql(`(${noRecord})`);
  return { keys, columns, stored: orderBy === undefined ? undefined : stored, emptySql, changesSql };
}

function typeOf({ fields }: StructType, name: string | undefined): string {
  return duckType(fields.find((field) => field.name === name)?.type ?? 'boolean');
}

/**
 * SQL: of each key the row that holds. A tombstone clears its key of all that came before it, and of their order; of what
 * is left the greatest by order wins, then by offset. Of parts of a topic partition it makes the same as of the whole.
 */
export function newestOfKeys({ keys }: Pick<MergeSql, 'keys'>, relation: string): string {
  const { order, clearedAt } = mergeColumn;
  const byKey = `PARTITION BY ${keys.join(', ')}`;
  const cleared = `SELECT * REPLACE (max(${clearedAt}) OVER (${byKey}) AS ${clearedAt}) FROM ${relation}`;
  const rank = [`${order} DESC NULLS LAST`, `${hidden.offset} DESC`, `${hidden.partition} DESC`];
  return (
    `SELECT * FROM (${cleared}) WHERE ${clearedAt} IS NULL OR ${hidden.offset} >= ${clearedAt} ` +
    `QUALIFY row_number() OVER (${byKey} ORDER BY ${rank.join(', ')}) = 1`
  );
}
