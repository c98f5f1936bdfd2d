import { newTableActions } from '../../src/delta/new-table.ts';
import type { TableState } from '../../src/delta/table-state.ts';
import type { Action } from '../../src/delta/actions.ts';
import { commitTransaction } from '../../src/delta/commit/transaction.ts';
import { EngineSession } from '../../src/engine/session.ts';
import { replaceRows } from '../../src/ingest/replace-rows/replace-rows.ts';
import type { ReplacedRows, ReplaceStrategy } from '../../src/ingest/replace-rows/replace-request.ts';
import { field, struct } from '../../src/model/table/table-schema.ts';
import { openObjectStore } from '../../src/storage/open-object-store.ts';

const schema = struct(field('id', 'long'), field('value', 'string'));
const rowsPerFile = 1_000_000;
const memoryLimitBytes = 256 * 1024 * 1024;

/** SQL of rows of some 80 bytes: ids from one on, so far apart. */
export function rowsSql(count: number, first = 0, step = 1): string {
  return `SELECT ${first} + i * ${step} AS id, md5(i::VARCHAR) || md5((-i - 1)::VARCHAR) AS value FROM range(${count}) t(i)`;
}

/** What is to be replaced, and by what. */
export interface Replacement {
  readonly root: string;
  readonly state: TableState;
  readonly engineFolder: string;
  readonly newRows: string;
  /** None: no row leaves. */
  readonly keyColumns: readonly string[];
  readonly strategy: ReplaceStrategy;
}

export async function replace(replacement: Replacement): Promise<ReplacedRows> {
  const { root, engineFolder: folder, newRows, ...rest } = replacement;
  await using session = await EngineSession.open({ folder, memoryLimitBytes, readsFrom: [root] });
  await session.run(`CREATE TABLE entering AS ${newRows}`, 'make new rows');
  return await replaceRows(session, {
    store: openObjectStore(root),
    goneRelation: 'entering',
    newRowsRelation: 'entering',
    target: { folder: '2026-11-20', targetFileSizeBytes: 1024 ** 3 },
    ...rest,
  });
}

/** Makes a table of files with a million rows each, in the order of their ids. */
export async function makeTable(
  root: string,
  rows: number,
  engineFolder: string,
): Promise<{ readonly files: number; readonly bytes: number }> {
  let state = await commit(root, undefined, newTableActions({ schema, partitionColumns: [], properties }));
  let [files, bytes] = [0, 0];
  for (let first = 0; first < rows; first += rowsPerFile) {
    const newRows = rowsSql(Math.min(rowsPerFile, rows - first), first);
    const own = { root, state, engineFolder, newRows, keyColumns: [], strategy: 'copyOnWrite' } as const;
    const { adds, writtenBytes } = await replace(own);
    state = await commit(
      root,
      state,
      adds.map((add) => ({ add })),
    );
    files += adds.length;
    bytes += writtenBytes;
  }
  return { files, bytes };
}

const properties = { 'delta.enableDeletionVectors': 'true' };

async function commit(root: string, base: TableState | undefined, actions: readonly Action[]): Promise<TableState> {
  const outcome = await commitTransaction(openObjectStore(root), {
    base,
    check: () => undefined,
    actions: () => [...actions],
    commitInfo: { operation: 'WRITE' },
  });
  if (outcome.kind !== 'committed') throw new Error('refused');
  return outcome.state;
}
