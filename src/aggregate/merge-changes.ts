import { hidden } from '../model/pipeline/pipeline-step.ts';
import { duckType, quoteIdentifier } from '../model/pipeline/sql-text.ts';
import { asStored, differs, isSameKey, type ChangesSql } from './changes-sql.ts';
import type { MergeInput, MergeOutcome, SqlSession } from './compiled-output.ts';
import { countRows } from './count-rows.ts';
import { column } from './names.ts';
import { storedParts } from './state-files.ts';
import { involvedRows, writeState } from './write-state.ts';

const tables = { last: 'merge_last', old: 'merge_old', rows: 'merge_rows' } as const;

/** First records of keys are compared with state, and last values become state. */
export async function mergeChanges(session: SqlSession, sql: ChangesSql, input: MergeInput): Promise<MergeOutcome> {
  const parts = storedParts(input.partFiles, sql.part);
  await session.run(
    `CREATE OR REPLACE TABLE ${tables.last} AS SELECT ${asStored(sql)} FROM (${parts}) WHERE ${column.isLast}`,
    'read last values',
  );
  await session.run(
    `CREATE OR REPLACE TABLE ${tables.old} AS ${involvedRows(sql.state, input, tables.last)}`,
    'find what was before a batch',
  );
  await session.run(`CREATE OR REPLACE TABLE ${tables.rows} AS ${changedRows(sql, parts)}`, 'make rows of an output');
  const known = await countRows(session, tables.old);
  const open = input.openBefore + (await countRows(session, tables.last)) - known;
  const names = sql.state.stored.map(({ name }) => name).join(', ');
  const last = `SELECT ${names} FROM ${tables.last}`;
  const state = await writeState(session, sql.state, input, {
    involved: tables.last,
    changed: last,
    unchanged: `${last} WHERE false`,
    open,
  });
  return { rows: { relation: tables.rows, count: await countRows(session, tables.rows) }, state, open };
}

function changedRows(sql: ChangesSql, parts: string): string {
  const columns = sql.rows.map(({ name, type }) =>
    type === 'void' ? `CAST(NULL AS ${duckType(type)}) AS ${quoteIdentifier(name)}` : `p.${quoteIdentifier(name)}`,
  );
  const previous = sql.of.map(
    ({ name }, i) =>
      `CASE WHEN p.${column.isFirst} THEN s.${column.state(i)} ELSE p.${column.previous(i)} END ` +
      `AS ${quoteIdentifier(previousName(name))}`,
  );
  const isChange =
    `NOT p.${column.isFirst} OR s.${hidden.partition} IS NULL ` +
    `OR ${differs(sql, (i) => `s.${column.state(i)}`, 'p.')}`;
  return (
    `SELECT ${[...columns, ...previous].join(', ')} FROM (SELECT * FROM (${parts}) WHERE NOT ${column.isLast}) AS p ` +
    `LEFT JOIN ${tables.old} AS s ON ${isSameKey(sql, 'p', 's')} WHERE ${isChange} ` +
    `ORDER BY p.${hidden.partition}, p.${hidden.offset}`
  );
}

/** The column that holds what the record before had. */
export function previousName(name: string): string {
  return `previous_${name}`;
}
