import { quoteLiteral } from '../model/pipeline/sql-text.ts';
import { countRows } from './count-rows.ts';
import type { MergeInput, NewState, SqlSession, StateFile } from './compiled-output.ts';
import {
  filesToRewrite,
  isSame,
  newestFirst,
  newestRows,
  nextGeneration,
  storedRows,
  type StoredState,
} from './state-files.ts';

export interface StateChange {
  /** A relation of `replaced` columns: no older row of those is needed. */
  readonly involved: string;
  /** SELECTs of stored columns: rows that are new, and besides them those that are involved and have not changed. */
  readonly changed: string;
  readonly unchanged: string;
  /** How many rows are needed after the batch. */
  readonly open: number;
  /** SQL: is the row needed once no older file can have another one of its key? Absent: all are. */
  readonly isNeeded?: string;
}

/** SQL: rows of state files whose windows the batch before left open. */
export function aliveRows(state: StoredState, input: MergeInput, files: readonly StateFile[]): string {
  const { before } = input.closedThroughUs;
  const rows = storedRows(files, state.stored);
  return state.closesAt === undefined || before === undefined
    ? rows
    : `SELECT * FROM (${rows}) WHERE ${state.closesAt} > ${before}`;
}

/** SQL: the newest rows of what a batch has to do with. */
export function involvedRows(state: StoredState, input: MergeInput, involved: string): string {
  const rows = aliveRows(state, input, input.stateFiles);
  const found = `SELECT s.* FROM (${rows}) AS s SEMI JOIN ${involved} AS i ON ${isSame(state.replaced, 's', 'i')}`;
  // With one file, all are the newest.
  return input.stateFiles.length < 2 ? found : newestRows(`(${found})`, state.replaced);
}

/** Writes what has changed, together with files that are written anew. */
export async function writeState(
  session: SqlSession,
  state: StoredState,
  input: MergeInput,
  change: StateChange,
): Promise<NewState> {
  const { stateFiles, closedThroughUs, newStateFile } = input;
  const isDead = ({ closedAtUs }: StateFile): boolean =>
    closedAtUs !== undefined && closedThroughUs.after !== undefined && closedAtUs <= closedThroughUs.after;
  const alive = stateFiles.filter((file) => !isDead(file));
  const changedRows = await countRows(session, `(${change.changed})`);
  const rewritten = filesToRewrite(alive, changedRows, change.open);
  const superseded = [...stateFiles.filter(isDead), ...rewritten].map(({ path }) => path);
  if (changedRows === 0 && rewritten.length === 0) return { superseded };
  const names = state.stored.map(({ name }) => name).join(', ');
  const kept = newestFirst(rewritten).map(
    (file, position, files) =>
      `SELECT ${names} FROM (${otherRows(state, input, change, { file, newer: files.slice(0, position) })})`,
  );
  // What is involved and has not changed may be in a file that is written anew.
  const all = [change.changed, ...(rewritten.length === 0 ? [] : [change.unchanged]), ...kept].join(' UNION ALL ');
  const isWhole = rewritten.length === alive.length && change.isNeeded !== undefined;
  const rows = isWhole ? `SELECT * FROM (${all}) WHERE ${change.isNeeded}` : all;
  const [[count] = []] = await session.rows(
    `COPY (${rows}) TO ${quoteLiteral(newStateFile)} (FORMAT parquet)`,
    'write state',
  );
  if (Number(count) === 0) return { superseded };
  const closedAtUs = await greatestClosing(session, state, newStateFile);
  const added = { rows: Number(count), generation: nextGeneration(stateFiles) };
  return { added: { ...added, ...(closedAtUs === undefined ? {} : { closedAtUs }) }, superseded };
}

/** SQL: rows of a file that the batch has nothing to do with, and that no newer file replaces. */
function otherRows(
  state: StoredState,
  input: MergeInput,
  { involved }: StateChange,
  { file, newer }: { readonly file: StateFile; readonly newer: readonly StateFile[] },
): string {
  const names = state.replaced.join(', ');
  const others = [
    `SELECT ${names} FROM ${involved}`,
    ...(newer.length === 0 ? [] : [`SELECT ${names} FROM (${storedRows(newer, state.stored)})`]),
  ];
  return (
    `SELECT f.* FROM (${aliveRows(state, input, [file])}) AS f ` +
    `ANTI JOIN (${others.join(' UNION ALL ')}) AS o ON ${isSame(state.replaced, 'f', 'o')}`
  );
}

async function greatestClosing(session: SqlSession, state: StoredState, file: string): Promise<bigint | undefined> {
  if (state.closesAt === undefined) return undefined;
  const [[closedAt] = []] = await session.rows(
    `SELECT CAST(max(${state.closesAt}) AS VARCHAR) FROM read_parquet(${quoteLiteral(file)})`,
    'read state',
  );
  return BigInt(String(closedAt));
}
