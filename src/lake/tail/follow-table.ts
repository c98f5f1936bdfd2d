import type { Action, AddAction, RemoveAction } from '../../delta/actions.ts';
import { readCommit } from '../../delta/log/log-reader.ts';
import { quoteIdentifier } from '../../model/pipeline/sql-text.ts';
import { openLakeSession } from '../lake-session.ts';
import { viewFiles, type LakeTable } from '../table/open-table.ts';
import { loadState } from '../table/table-log.ts';
import { changeColumn, readTailBlock, type TailBlock, type TailOptions } from './tail-block.ts';

/** Rows of commits, or versions whose entries the log no longer has. */
export type Followed =
  | { readonly kind: 'rows'; readonly block: TailBlock }
  | { readonly kind: 'gap'; readonly afterVersion: number; readonly toVersion: number };

/** Reads a table commit by commit, from the version on that it is given. It costs the writers of the table nothing. */
export class TableFollower {
  #table: LakeTable;

  constructor(table: LakeTable) {
    this.#table = table;
  }

  /** What the commits since the last call changed, a block for each; those that change no data have none. */
  async *read(options: TailOptions): AsyncGenerator<Followed> {
    const before = this.#table.state;
    const { store } = this.#table;
    const state = await loadState(store, { previous: before });
    if (!state || (state.version === before.version && state.entryDigest === before.entryDigest)) return;
    const table = { ...this.#table, state };
    this.#table = table;
    if (state.metaData.id !== before.metaData.id) {
      yield { kind: 'gap', afterVersion: -1, toVersion: state.version };
      return;
    }
    for (let version = before.version + 1; version <= state.version; version += 1) {
      const entry = await readCommit(store, version);
      if (!entry) {
        yield { kind: 'gap', afterVersion: version - 1, toVersion: state.version };
        return;
      }
      const changed = changedFiles(entry.actions);
      if (changed.added.length + changed.removed.length === 0) continue;
      const block = await readChanges(table, changed, options);
      if (block.rows.length > 0) yield { kind: 'rows', block: { ...block, version } };
    }
  }
}

interface ChangedFiles {
  readonly added: readonly AddAction[];
  readonly removed: readonly RemoveAction[];
}

/** Compactions say that they change no data. */
function changedFiles(actions: readonly Action[]): ChangedFiles {
  return {
    added: actions.flatMap((action) => ('add' in action && action.add.dataChange ? [action.add] : [])),
    removed: actions.flatMap((action) => ('remove' in action && action.remove.dataChange ? [action.remove] : [])),
  };
}

async function readChanges(table: LakeTable, changed: ChangedFiles, options: TailOptions): Promise<TailBlock> {
  await using session = await openLakeSession();
  await viewFiles(session, 'added', table, changed.added);
  // What a file held is only known where the remove says its partition values (PROTOCOL.md, Remove File).
  const removed = changed.removed.flatMap(({ path, partitionValues, size, deletionVector }) =>
    partitionValues === undefined && table.state.partitionColumns.length > 0
      ? []
      : [{ path, partitionValues: partitionValues ?? {}, size, ...(deletionVector && { deletionVector }) }],
  );
  if (removed.length === 0) return await readTailBlock(session, table, { ...options, from: 'added' });
  await viewFiles(session, 'removed', table, removed);
  await session.run(changesSql(options.key ?? []));
  return await readTailBlock(session, table, { ...options, from: 'changes', hasChanges: true });
}

/**
 * Files that are rewritten hold rows that stay as they were: these are in both. Of rows with one key, the one that came
 * is the update of the one that went.
 */
function changesSql(key: readonly string[]): string {
  const names = key.map(quoteIdentifier);
  const isIn = (other: string, row: string): string =>
    names.length === 0
      ? 'false'
      : `EXISTS (SELECT 1 FROM ${other} o WHERE ${names.map((name) => `o.${name} IS NOT DISTINCT FROM ${row}.${name}`).join(' AND ')})`;
  return `
    CREATE TEMP TABLE changes AS
    WITH came AS MATERIALIZED (SELECT * FROM added EXCEPT ALL SELECT * FROM removed),
      went AS MATERIALIZED (SELECT * FROM removed EXCEPT ALL SELECT * FROM added)
    SELECT CASE WHEN ${isIn('went', 'came')} THEN 'update' ELSE 'insert' END AS ${changeColumn}, * FROM came
    UNION ALL SELECT 'delete', * FROM went WHERE NOT ${isIn('came', 'went')}`;
}
