import { hiddenPrefix } from '../model/pipeline/pipeline-step.ts';
import { quoteIdentifier } from '../model/pipeline/sql-text.ts';
import type { AggregateSql } from './aggregate-sql.ts';
import type { MergeInput, MergeOutcome, Relation, SqlSession } from './compiled-output.ts';
import { countRows } from './count-rows.ts';
import { mergedStates } from './gather-rows.ts';
import { column } from './names.ts';
import { isSame, storedParts } from './state-files.ts';
import { aliveRows, involvedRows, writeState } from './write-state.ts';

const tables = {
  /** Which states the batch has to do with: those that it changes, and those that it closes. */
  involved: 'merge_involved',
  old: 'merge_old',
  merged: 'merge_merged',
  rows: 'merge_rows',
  gone: 'merge_gone',
} as const;

/** Came any of the states that became one with this batch? */
const isTouched = `"${hiddenPrefix}is_touched"`;
/** As `isTouched`, of all states that are replaced at once. */
const isReplaced = `"${hiddenPrefix}is_replaced"`;

/** Of state, only what the batch has to do with is merged. */
export async function mergeParts(session: SqlSession, sql: AggregateSql, input: MergeInput): Promise<MergeOutcome> {
  await mergeInvolved(session, sql, input);
  const closing = isClosing(sql, input);
  const stillOpen = await countRows(session, `${tables.merged} WHERE NOT ${closing}`);
  // All that is closed is among what was merged.
  const open = input.openBefore + stillOpen - (await countRows(session, tables.old));
  const names = sql.state.stored.map(({ name }) => name).join(', ');
  const openRows = `SELECT ${names} FROM ${tables.merged} WHERE NOT ${closing}`;
  const state = await writeState(session, sql.state, input, {
    involved: tables.involved,
    changed: `${openRows} AND ${isReplaced}`,
    unchanged: `${openRows} AND NOT ${isReplaced}`,
    open,
  });
  return {
    rows: await makeRows(session, sql, input),
    ...(sql.mode === 'update' ? { goneKeys: await makeGoneKeys(session, sql) } : {}),
    state,
    open,
  };
}

async function mergeInvolved(session: SqlSession, sql: AggregateSql, input: MergeInput): Promise<void> {
  const { state } = sql;
  const parts = storedParts(input.partFiles, state.stored);
  const names = state.replaced.join(', ');
  await session.run(
    `CREATE OR REPLACE TABLE ${tables.involved} AS SELECT ${names} FROM (${parts}) ` +
      `UNION SELECT ${names} FROM (${aliveRows(state, input, input.stateFiles)}) WHERE ${isClosing(sql, input)}`,
    'find what a batch changes and closes',
  );
  await session.run(
    `CREATE OR REPLACE TABLE ${tables.old} AS ${involvedRows(state, input, tables.involved)}`,
    'find what a batch changes and closes',
  );
  const both =
    `(SELECT * EXCLUDE (${column.generation}), false AS ${column.isNew} FROM ${tables.old} ` +
    `UNION ALL BY NAME SELECT *, true AS ${column.isNew} FROM (${parts}))`;
  const merged = mergedStates(sql, both, [{ name: isTouched, sql: `bool_or(${column.isNew})` }]);
  const replacing = sql.windows.kind === 'session' ? `bool_or(${isTouched}) OVER (PARTITION BY ${names})` : isTouched;
  await session.run(
    `CREATE OR REPLACE TABLE ${tables.merged} AS SELECT *, ${replacing} AS ${isReplaced} FROM (${merged})`,
    'merge parts and state',
  );
}

function isClosing({ state: { closesAt } }: AggregateSql, { closedThroughUs: { after } }: MergeInput): string {
  return closesAt === undefined || after === undefined ? 'false' : `${closesAt} <= ${after}`;
}

async function makeRows(session: SqlSession, sql: AggregateSql, input: MergeInput): Promise<Relation> {
  const results = sql.measures.map(
    ({ name, resultSql }, i) => `${resultSql(column.state(i))} AS ${quoteIdentifier(name)}`,
  );
  const end = sql.windows.kind === 'none' ? [] : [`make_timestamptz(${sql.windows.end}) AS "window_end"`];
  const columns = [...startColumns(sql), ...end, ...keyColumns(sql), ...results];
  const which = sql.mode === 'append' ? isClosing(sql, input) : isTouched;
  await session.run(
    `CREATE OR REPLACE TABLE ${tables.rows} AS SELECT ${columns.join(', ')} FROM ${tables.merged} WHERE ${which}`,
    'make rows of an output',
  );
  return { relation: tables.rows, count: await countRows(session, tables.rows) };
}

/** Keys of old rows that are now in a row that comes; of sessions, several may be in one. */
async function makeGoneKeys(session: SqlSession, sql: AggregateSql): Promise<Relation> {
  const isInside =
    sql.windows.kind === 'session' ? ` AND o.${column.start} BETWEEN m.${column.start} AND m.${column.end}` : '';
  await session.run(
    `CREATE OR REPLACE TABLE ${tables.gone} AS SELECT ${[...startColumns(sql), ...keyColumns(sql)].join(', ')} FROM ` +
      `(SELECT o.* FROM ${tables.old} AS o SEMI JOIN (SELECT * FROM ${tables.merged} WHERE ${isTouched}) AS m ` +
      `ON ${isSame(sql.state.replaced, 'o', 'm')}${isInside})`,
    'find rows that are replaced',
  );
  return { relation: tables.gone, count: await countRows(session, tables.gone) };
}

function startColumns({ windows }: AggregateSql): string[] {
  return windows.kind === 'none' ? [] : [`make_timestamptz(${column.start}) AS "window_start"`];
}

function keyColumns({ keys }: AggregateSql): string[] {
  return keys.flatMap(({ name }, i) => (name === undefined ? [] : [`${column.key(i)} AS ${quoteIdentifier(name)}`]));
}
