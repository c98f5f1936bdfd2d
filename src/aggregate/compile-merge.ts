import type { MergeOutput } from '../model/outputs/output-spec.ts';
import { quoteLiteral } from '../model/pipeline/sql-text.ts';
import type { StructType } from '../model/table/table-schema.ts';
import { countRows } from './count-rows.ts';
import type { CompiledOutput, MergeInput, MergeOutcome, SqlSession } from './compiled-output.ts';
import { MergePart } from './merge-part.ts';
import { keepNewest } from './merge-state.ts';
import { mergeColumn, mergeSql, newestOfKeys, type MergeSql } from './merge-rows.ts';

/** The newest row for each key, which has the columns of the job's table. */
export function compileMerge(output: MergeOutput, rows: StructType): CompiledOutput {
  const sql = mergeSql(output, rows);
  return {
    schema: rows,
    keyColumns: output.key,
    fingerprint: JSON.stringify({ merge: output.key, orderBy: output.orderBy ?? null }),
    openPart: (session, name, start) => MergePart.open(session, sql, name, start),
    merge: (session, input) => mergeNewest(session, sql, input),
  };
}

const tables = { newest: 'merge_newest', rows: 'merge_rows', gone: 'merge_gone' } as const;

async function mergeNewest(session: SqlSession, sql: MergeSql, input: MergeInput): Promise<MergeOutcome> {
  const files = input.partFiles.map(quoteLiteral).join(', ');
  const newest = newestOfKeys(sql, files === '' ? `(${sql.emptySql})` : `read_parquet([${files}])`);
  await session.run(`CREATE TABLE ${tables.newest} AS ${newest}`, 'merge parts');
  const { stored } = sql;
  const kept = stored === undefined ? nothingKept : await keepNewest(session, { ...sql, stored }, input, tables.newest);
  const make = async (table: string, select: string): Promise<MergeOutcome['rows']> => {
    await session.run(`CREATE VIEW ${table} AS ${select}`, 'make rows of an output');
    return { relation: table, count: await countRows(session, table) };
  };
  const alive = `SELECT ${sql.columns.join(', ')} FROM ${tables.newest} WHERE NOT ${mergeColumn.removes}`;
  return {
    rows: await make(tables.rows, alive),
    goneKeys: await make(tables.gone, `SELECT ${sql.keys.join(', ')} FROM ${tables.newest}`),
    ...kept,
  };
}

/** Without an order a later record is newer than any before: nothing has to be known of those. */
const nothingKept: Pick<MergeOutcome, 'state' | 'open'> = { state: { superseded: [] }, open: 0 };
