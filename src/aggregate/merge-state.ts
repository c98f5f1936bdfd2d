import { hidden } from '../model/pipeline/pipeline-step.ts';
import { isSame, type StoredColumn } from './state-files.ts';
import type { MergeInput, MergeOutcome, SqlSession } from './compiled-output.ts';
import { countRows } from './count-rows.ts';
import { mergeColumn, type MergeSql } from './merge-rows.ts';
import { involvedRows, writeState } from './write-state.ts';

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
  const state = { stored, replaced: keys };
  await session.run(`CREATE TABLE ${oldTable} AS ${involvedRows(state, input, newest)}`, 'find the newest rows so far');
  await session.run(
    `DELETE FROM ${newest} AS n USING ${oldTable} AS o WHERE ${isSame(keys, 'n', 'o')} AND NOT (${isNewer('n', 'o')})`,
    'take out older rows',
  );
  const replaced = `${oldTable} AS o SEMI JOIN ${newest} AS n ON ${isSame(keys, 'o', 'n')}`;
  const wereAlive = await countRows(session, `${replaced} WHERE NOT o.${mergeColumn.removes}`);
  const areAlive = await countRows(session, `${newest} WHERE NOT ${mergeColumn.removes}`);
  const open = input.openBefore + areAlive - wereAlive;
  const names = stored.map(({ name }) => name).join(', ');
  const written = await writeState(session, state, input, {
    involved: newest,
    changed: `SELECT ${names} FROM ${newest}`,
    unchanged: `SELECT ${names} FROM ${newest} WHERE false`,
    // Keys whose row was removed are needed as well: a file that was written anew had only what is.
    open: Math.max(open, ...input.stateFiles.map(({ rows }) => rows)),
    // What is not known is older than anything, as what has no order is.
    isNeeded: `NOT (${mergeColumn.removes} AND ${mergeColumn.order} IS NULL)`,
  });
  return { state: written, open };
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
