import { BronzeError, errorMessage } from '../../errors.ts';
import { quoteIdentifier } from '../../model/pipeline/sql-text.ts';
import { guessCoordinateColumns } from '../table/coordinate-columns.ts';
import type { LakeSession } from '../lake-session.ts';
import type { LakeTable } from '../table/open-table.ts';
import { plainValue, type PlainValue } from '../query/plain-value.ts';

export interface TailOptions {
  /** How many rows to show at most; while following, at most so many of each commit. */
  readonly limit: number;
  /** SQL over the columns of the table. */
  readonly where?: string;
  /** The columns by which a row is known again when a commit replaces it. */
  readonly key?: readonly string[];
}

/** What became of a row: `update` and `delete` only where a commit took rows out of the table. */
export type RowChange = 'insert' | 'update' | 'delete';

export interface TailBlock {
  readonly version: number;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Oldest first. */
  readonly rows: readonly (readonly PlainValue[])[];
  /** One per row; absent where all were inserted. */
  readonly changes?: readonly RowChange[];
  /** Rows of the same files that the limit left out; they came before these. */
  readonly leftOut: number;
}

interface BlockSource extends TailOptions {
  /** A relation with the table's columns, and perhaps `changeColumn`. */
  readonly from: string;
  readonly hasChanges?: boolean;
}

/** No table has a column of this name: ours are refused, and nobody else writes one. */
export const changeColumn = '__bronze_change';

/** The last rows of a relation, in the order in which a table of its columns grows. */
export async function readTailBlock(session: LakeSession, table: LakeTable, source: BlockSource): Promise<TailBlock> {
  const order = orderColumns(table, source.key ?? []).map((name) => `${quoteIdentifier(name)} DESC NULLS LAST`);
  const orderBy = order.length === 0 ? '' : `ORDER BY ${order.join(', ')}`;
  try {
    const reader = await session.read(`${tailSql(source)} ${orderBy} LIMIT ${source.limit}`);
    const total = await session.read(`SELECT count(*) FROM (${tailSql(source)})`);
    const columns = reader.columnNames().map((name, index) => ({ name, type: String(reader.columnType(index)) }));
    const rows = reader
      .getRows()
      .map((row) => row.map(plainValue))
      .reverse();
    const leftOut = Number(total.value(0, 0)) - rows.length;
    const block = { version: table.state.version, leftOut };
    if (source.hasChanges !== true) return { ...block, columns, rows };
    return {
      ...block,
      columns: columns.slice(1),
      rows: rows.map((row) => row.slice(1)),
      changes: rows.map(([change]) => (change === 'update' || change === 'delete' ? change : 'insert')),
    };
  } catch (error) {
    if (error instanceof BronzeError) throw error;
    throw new BronzeError('USAGE', errorMessage(error), { cause: error });
  }
}

/** All rows of the source for which its condition holds. */
export function tailSql({ from, where }: Pick<BlockSource, 'from' | 'where'>): string {
  return where === undefined ? `SELECT * FROM ${from}` : `SELECT * FROM ${from} WHERE (${where}\n)`;
}

/** Tables with a row per key grow along their keys; of all others the coordinates say what came last. */
function orderColumns({ state }: LakeTable, key: readonly string[]): readonly string[] {
  if (key.length > 0) return key;
  const { ingestedAt, timestamp, offset } = guessCoordinateColumns(state.schema);
  return [ingestedAt, timestamp, offset].filter((name) => name !== undefined);
}
