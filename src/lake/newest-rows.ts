import type { AddAction } from '../delta/actions.ts';
import { recordCount } from '../delta/record-count.ts';
import { BronzeError, errorMessage } from '../errors.ts';
import { guessCoordinateColumns } from './coordinate-columns.ts';
import { openLakeSession } from './lake-session.ts';
import { viewFiles, type LakeTable } from './open-table.ts';
import { plainValue, type PlainValue } from './plain-value.ts';
import { quoteIdentifier } from '../model/sql-text.ts';
import { filesOf, loadState } from './table-log.ts';

export interface TailOptions {
  /** How many rows to show at most; while following, at most so many of each commit. */
  readonly limit: number;
  /** SQL over the columns of the table. */
  readonly where?: string;
}

export interface TailBlock {
  readonly version: number;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Oldest first. */
  readonly rows: readonly (readonly PlainValue[])[];
  /** Rows of the same commits that the limit left out; they came before these. */
  readonly leftOut: number;
}

/** The newest rows of the table, in the order of when they were ingested, their time and their offset. */
export async function newestRows(table: LakeTable, options: TailOptions): Promise<TailBlock> {
  const files = await collectFiles(table);
  const wanted = options.where === undefined ? newestFiles(files, options.limit) : files;
  return readFiles(table, wanted, options);
}

/** Blocks of rows as commits add them, from the table's version on, until the signal. */
export async function* followRows(
  table: LakeTable,
  options: TailOptions,
  wait: () => Promise<boolean>,
): AsyncGenerator<TailBlock> {
  let current = table;
  let seen = new Set((await collectFiles(table)).map((file) => file.path));
  while (await wait()) {
    const state = await loadState(current.store, { previous: current.state });
    if (!state || state.version === current.state.version) continue;
    current = { ...current, state };
    const files = await collectFiles(current);
    const added = files.filter((file) => !seen.has(file.path) && file.dataChange);
    seen = new Set(files.map((file) => file.path));
    if (added.length > 0) yield readFiles(current, added, options);
  }
}

async function collectFiles(table: LakeTable): Promise<AddAction[]> {
  const files: AddAction[] = [];
  for await (const file of filesOf(table.store, table.state)) files.push(file);
  return files;
}

/** The newest files that together hold at least `limit` rows; all where the log does not count rows. */
function newestFiles(files: readonly AddAction[], limit: number): AddAction[] {
  const newestFirst = files.toSorted((one, other) => other.modificationTime - one.modificationTime);
  // Files of one batch are written within a moment, and each may hold the newest of one topic partition.
  const sameBatchMs = 5_000;
  const chosen: AddAction[] = [];
  let rows = 0;
  let boundMs = Number.NEGATIVE_INFINITY;
  for (const file of newestFirst) {
    if (file.modificationTime < boundMs) break;
    chosen.push(file);
    rows += recordCount(file) ?? 0;
    if (rows >= limit && boundMs === Number.NEGATIVE_INFINITY) boundMs = file.modificationTime - sameBatchMs;
  }
  return chosen;
}

async function readFiles(table: LakeTable, files: readonly AddAction[], options: TailOptions): Promise<TailBlock> {
  await using session = await openLakeSession();
  await viewFiles(session, 'newest', table, files);
  const { ingestedAt, timestamp, offset } = guessCoordinateColumns(table.state.schema);
  const order = [ingestedAt, timestamp, offset].flatMap((name) =>
    name === undefined ? [] : [`${quoteIdentifier(name)} DESC NULLS LAST`],
  );
  const where = options.where === undefined ? '' : `WHERE (${options.where}\n)`;
  const orderBy = order.length === 0 ? '' : `ORDER BY ${order.join(', ')}`;
  try {
    const reader = await session.read(`SELECT * FROM newest ${where} ${orderBy} LIMIT ${options.limit}`);
    const total = await session.read(`SELECT count(*) FROM newest ${where}`);
    const rows = reader.getRows().map((row) => row.map(plainValue));
    const types = reader.columnNames().map((_, index) => String(reader.columnType(index)));
    return {
      version: table.state.version,
      columns: reader.columnNames().map((name, index) => ({ name, type: types[index] ?? '' })),
      rows: rows.reverse(),
      leftOut: Number(total.value(0, 0)) - rows.length,
    };
  } catch (error) {
    if (error instanceof BronzeError) throw error;
    throw new BronzeError('USAGE', errorMessage(error), { cause: error });
  }
}
