import { hidden } from '../model/pipeline-step.ts';
import { quoteLiteral } from '../model/sql-text.ts';
import type { StoredColumn } from './state-files.ts';
import type { MergeInput, MergeOutcome, NewState, SqlSession } from './compiled-output.ts';
import { countRows } from './count-rows.ts';
import { mergeColumn, type MergeSql } from './merge-rows.ts';
import { filesToRewrite, isSame, newestRows, nextGeneration, storedRows } from './state-files.ts';

/** Of an output whose rows have an order. */
type OrderedMergeSql = MergeSql & { readonly stored: readonly StoredColumn[] };

const oldTable = 'merge_old';

/**
 * Takes from a table of a batch's newest rows those that a row of an earlier batch outdoes by order, and writes down the
 * others. Keys whose row was removed stay in state with their order, unless a tombstone removed it: what comes after a
 * tombstone is newer, whatever its order.
 */
export async function keepNewest(
  session: SqlSession,
  sql: OrderedMergeSql,
  input: MergeInput,
  newest: string,
): Promise<Pick<MergeOutcome, 'state' | 'open'>> {
  const { keys, stored } = sql;
  const involved = `SELECT s.* FROM (${storedRows(input.stateFiles, stored)}) AS s SEMI JOIN ${newest} AS n`;
  await session.run(
    `CREATE TABLE ${oldTable} AS ${newestRows(`(${involved} ON ${isSame(keys, 's', 'n')})`, keys)}`,
    'find the newest rows so far',
  );
  await session.run(
    `DELETE FROM ${newest} AS n USING ${oldTable} AS o WHERE ${isSame(keys, 'n', 'o')} AND NOT (${isNewer('n', 'o')})`,
    'take out older rows',
  );
  const replaced = `${oldTable} AS o SEMI JOIN ${newest} AS n ON ${isSame(keys, 'o', 'n')}`;
  const wereAlive = await countRows(session, `${replaced} WHERE NOT o.${mergeColumn.removes}`);
  const areAlive = await countRows(session, `${newest} WHERE NOT ${mergeColumn.removes}`);
  const open = input.openBefore + areAlive - wereAlive;
  return { state: await writeState(session, sql, input, { newest, open }), open };
}

/** SQL: is the row newer than the one that is known of its key? Null is the least in every order. */
function isNewer(row: string, known: string): string {
  const { order, clearedAt } = mergeColumn;
  const [of, before] = [`${row}.${order}`, `${known}.${order}`];
  const place = (name: string): string => `row(${name}.${hidden.offset}, ${name}.${hidden.partition})`;
  const isLaterOfSame = `${of} IS NOT DISTINCT FROM ${before} AND ${place(row)} > ${place(known)}`;
  const hasGreater = `coalesce(${of} > ${before}, ${of} IS NOT NULL AND ${before} IS NULL)`;
  return `${row}.${clearedAt} IS NOT NULL OR ${hasGreater} OR (${isLaterOfSame})`;
}

async function writeState(
  session: SqlSession,
  { keys, stored }: OrderedMergeSql,
  { stateFiles, newStateFile }: MergeInput,
  { newest, open }: { readonly newest: string; readonly open: number },
): Promise<NewState> {
  const changed = await countRows(session, newest);
  // Keys whose row was removed are needed as well: a file that was written anew had only what is.
  const needed = Math.max(open, ...stateFiles.map(({ rows }) => rows));
  const rewritten = changed === 0 ? [] : filesToRewrite(stateFiles, changed, needed);
  const superseded = rewritten.map(({ path }) => path);
  if (changed === 0) return { superseded };
  const names = stored.map(({ name }) => name).join(', ');
  const others = newestRows(`(${storedRows(rewritten, stored)})`, keys);
  const rows =
    `SELECT ${names} FROM ${newest} UNION ALL ` +
    `SELECT ${names} FROM (${others}) AS f ANTI JOIN ${newest} AS n ON ${isSame(keys, 'f', 'n')}`;
  const isWhole = rewritten.length === stateFiles.length;
  // What is not known is older than anything, as what has no order is.
  const isNeeded = isWhole ? `NOT (${mergeColumn.removes} AND ${mergeColumn.order} IS NULL)` : 'true';
  const [[count] = []] = await session.rows(
    `COPY (SELECT * FROM (${rows}) WHERE ${isNeeded}) TO ${quoteLiteral(newStateFile)} (FORMAT parquet)`,
    'write state',
  );
  if (Number(count) === 0) return { superseded };
  return { added: { rows: Number(count), generation: nextGeneration(stateFiles) }, superseded };
}
