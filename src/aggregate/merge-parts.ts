import { hiddenPrefix } from '../model/pipeline-step.ts';
import { quoteIdentifier, quoteLiteral } from '../model/sql-text.ts';
import type { AggregateSql } from './aggregate-sql.ts';
import type { MergeInput, MergeOutcome, NewState, SqlSession, StateFile } from './compiled-output.ts';
import { countRows } from './count-rows.ts';
import { mergedStates } from './gather-rows.ts';
import { column } from './names.ts';
import { filesToRewrite, isSame, newestFirst, newestRows, nextGeneration, storedRows } from './state-files.ts';

const tables = {
  parts: 'merge_parts',
  state: 'merge_state',
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
  const open = input.openBefore + (await openedByMerge(session, sql, input));
  const state = await writeState(session, sql, input, open);
  return {
    rows: await makeRows(session, sql, input),
    ...(sql.mode === 'update' ? { goneKeys: await makeGoneKeys(session, sql) } : {}),
    state,
    open,
  };
}

async function mergeInvolved(session: SqlSession, sql: AggregateSql, input: MergeInput): Promise<void> {
  const { replaced, stored } = sql;
  const { partFiles, stateFiles } = input;
  const parts = storedRows(
    partFiles.map((path) => ({ path, generation: nextGeneration(stateFiles) })),
    stored,
  );
  await session.run(`CREATE OR REPLACE VIEW ${tables.parts} AS ${parts}`, 'read parts');
  await session.run(`CREATE OR REPLACE VIEW ${tables.state} AS ${aliveRows(sql, input, stateFiles)}`, 'read state');
  const names = replaced.join(', ');
  await session.run(
    `CREATE OR REPLACE TABLE ${tables.involved} AS SELECT ${names} FROM ${tables.parts} ` +
      `UNION SELECT ${names} FROM ${tables.state} WHERE ${isClosing(sql, input)}`,
    'find what a batch changes and closes',
  );
  await session.run(
    `CREATE OR REPLACE TABLE ${tables.old} AS ${newestRows(
      `(SELECT s.* FROM ${tables.state} AS s SEMI JOIN ${tables.involved} AS i ON ${isSame(replaced, 's', 'i')})`,
      replaced,
    )}`,
    'find what a batch changes and closes',
  );
  const both =
    `(SELECT *, false AS ${column.isNew} FROM ${tables.old} ` +
    `UNION ALL BY NAME SELECT *, true AS ${column.isNew} FROM ${tables.parts})`;
  const merged = mergedStates(sql, both, [{ name: isTouched, sql: `bool_or(${column.isNew})` }]);
  const replacing = `bool_or(${isTouched}) OVER (PARTITION BY ${names})`;
  await session.run(
    `CREATE OR REPLACE TABLE ${tables.merged} AS SELECT *, ${sql.windows.kind === 'session' ? replacing : isTouched} AS ${isReplaced} ` +
      `FROM (${merged})`,
    'merge parts and state',
  );
}

/** SQL: rows of state files whose windows the batch before left open. */
function aliveRows(
  sql: AggregateSql,
  { closedThroughUs: { before } }: MergeInput,
  files: readonly StateFile[],
): string {
  const rows = storedRows(files, sql.stored);
  return sql.windows.kind === 'none' || before === undefined
    ? rows
    : `SELECT * FROM (${rows}) WHERE ${sql.windows.closesAt} > ${before}`;
}

function isClosing({ windows }: AggregateSql, { closedThroughUs: { after } }: MergeInput): string {
  return windows.kind === 'none' || after === undefined ? 'false' : `${windows.closesAt} <= ${after}`;
}

/** How many more windows or keys are open than before. All that is closed is among what was merged. */
async function openedByMerge(session: SqlSession, sql: AggregateSql, input: MergeInput): Promise<number> {
  const after = await countRows(session, `${tables.merged} WHERE NOT ${isClosing(sql, input)}`);
  return after - (await countRows(session, tables.old));
}

async function writeState(session: SqlSession, sql: AggregateSql, input: MergeInput, open: number): Promise<NewState> {
  const { stateFiles, closedThroughUs, newStateFile } = input;
  const isDead = ({ closedAtUs }: StateFile): boolean =>
    closedAtUs !== undefined && closedThroughUs.after !== undefined && closedAtUs <= closedThroughUs.after;
  const alive = stateFiles.filter((file) => !isDead(file));
  const changed = await countRows(session, `${tables.merged} WHERE ${isReplaced} AND NOT ${isClosing(sql, input)}`);
  const rewritten = filesToRewrite(alive, changed, open);
  const superseded = [...stateFiles.filter(isDead), ...rewritten].map(({ path }) => path);
  if (changed === 0 && rewritten.length === 0) return { superseded };
  const names = sql.stored.map(({ name }) => name).join(', ');
  const kept = newestFirst(rewritten).map((file, position, files) =>
    untouchedRows(sql, input, file, files.slice(0, position)),
  );
  const merged =
    `SELECT ${names} FROM ${tables.merged} WHERE NOT ${isClosing(sql, input)}` +
    // What is not replaced is in a file that stays.
    (rewritten.length === 0 ? ` AND ${isReplaced}` : '');
  const [[count] = []] = await session.rows(
    `COPY (${[merged, ...kept.map((rows) => `SELECT ${names} FROM (${rows})`)].join(' UNION ALL ')}) ` +
      `TO ${quoteLiteral(newStateFile)} (FORMAT parquet)`,
    'write state',
  );
  const rows = Number(count);
  if (rows === 0) return { superseded };
  const closedAtUs = await greatestClosing(session, sql, newStateFile);
  const generation = nextGeneration(stateFiles);
  return { added: { rows, generation, ...(closedAtUs === undefined ? {} : { closedAtUs }) }, superseded };
}

/** SQL: rows of a file that the batch has nothing to do with, and that no newer file replaces. */
function untouchedRows(sql: AggregateSql, input: MergeInput, file: StateFile, newer: readonly StateFile[]): string {
  const names = sql.replaced.join(', ');
  const others = [
    `SELECT ${names} FROM ${tables.involved}`,
    ...(newer.length === 0 ? [] : [`SELECT ${names} FROM (${storedRows(newer, sql.stored)})`]),
  ];
  return (
    `SELECT f.* FROM (${aliveRows(sql, input, [file])}) AS f ` +
    `ANTI JOIN (${others.join(' UNION ALL ')}) AS o ON ${isSame(sql.replaced, 'f', 'o')}`
  );
}

async function greatestClosing(session: SqlSession, sql: AggregateSql, file: string): Promise<bigint | undefined> {
  if (sql.windows.kind === 'none') return undefined;
  const [[closedAt] = []] = await session.rows(
    `SELECT CAST(max(${sql.windows.closesAt}) AS VARCHAR) FROM read_parquet(${quoteLiteral(file)})`,
    'read state',
  );
  return BigInt(String(closedAt));
}

type Relation = MergeOutcome['rows'];

async function makeRows(session: SqlSession, sql: AggregateSql, input: MergeInput): Promise<Relation> {
  const results = sql.measures.map(
    ({ name, resultSql }, i) => `${resultSql(column.state(i))} AS ${quoteIdentifier(name)}`,
  );
  const end = sql.windows.kind === 'none' ? [] : [`make_timestamptz(${sql.windows.end}) AS "window_end"`];
  const which = sql.mode === 'append' ? isClosing(sql, input) : isTouched;
  const columns = [...startColumns(sql), ...end, ...keyColumns(sql), ...results];
  await session.run(
    `CREATE OR REPLACE TABLE ${tables.rows} AS SELECT ${columns.join(', ')} FROM ${tables.merged} WHERE ${which}`,
    'make rows of an output',
  );
  return { relation: tables.rows, count: await countRows(session, tables.rows) };
}

/** Rows of what changed, as they are in the table; a session's may be in several, of which one has come. */
async function makeGoneKeys(session: SqlSession, sql: AggregateSql): Promise<Relation> {
  const isPart =
    sql.windows.kind === 'session' ? ` AND o.${column.start} BETWEEN m.${column.start} AND m.${column.end}` : '';
  const columns = [...startColumns(sql), ...keyColumns(sql)];
  await session.run(
    `CREATE OR REPLACE TABLE ${tables.gone} AS SELECT ${columns.join(', ')} FROM ` +
      `(SELECT o.* FROM ${tables.old} AS o SEMI JOIN (SELECT * FROM ${tables.merged} WHERE ${isTouched}) AS m ` +
      `ON ${isSame(sql.replaced, 'o', 'm')}${isPart})`,
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
