import { join } from 'node:path';
import { newTableActions } from '../../src/delta/new-table.ts';
import type { TableState } from '../../src/delta/table-state.ts';
import { commitTransaction } from '../../src/delta/commit/transaction.ts';
import { EngineSession } from '../../src/engine/session.ts';
import type { ReplacedRows, ReplaceStrategy } from '../../src/ingest/replace-rows/replace-request.ts';
import { replaceRows } from '../../src/ingest/replace-rows/replace-rows.ts';
import { loadState, readParquetRows } from '../../src/lake/table/table-log.ts';
import type { StructType } from '../../src/model/table/table-schema.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { openObjectStore } from '../../src/storage/open-object-store.ts';
import { commitActions } from './delta-table.ts';
import { queryTable } from './query-table.ts';
import { scratchFolder } from './scratch-folder.ts';

export interface KeyedTableOptions {
  readonly schema: StructType;
  readonly keyColumns: readonly string[];
  readonly partitionColumns?: readonly string[];
  readonly properties?: Readonly<Record<string, string>>;
  readonly strategy: ReplaceStrategy;
  /** Instead of a folder of the test's own. */
  readonly store?: ObjectStore;
}

export interface Replacement {
  /** SQL of the rows that enter. */
  readonly newRows: string;
  /** SQL of the keys whose rows leave; those of the new rows where it is absent. */
  readonly gone?: string;
}

/** A table whose rows are replaced by key, given as SQL. */
export class KeyedTable {
  readonly store: ObjectStore;
  readonly #options: KeyedTableOptions;
  targetFileSizeBytes = 128 * 1024 * 1024;

  private constructor(store: ObjectStore, options: KeyedTableOptions) {
    this.store = store;
    this.#options = options;
  }

  static async create(options: KeyedTableOptions): Promise<KeyedTable> {
    const { schema, partitionColumns = [], properties = {} } = options;
    const store = options.store ?? openObjectStore(join(await scratchFolder(), 'table'));
    await commitActions(store, undefined, newTableActions({ schema, partitionColumns, properties }));
    return new KeyedTable(store, options);
  }

  async state(): Promise<TableState> {
    const state = await loadState(this.store);
    if (!state) throw new Error(`there is no table at ${this.store.root}`);
    return state;
  }

  /** The actions, made for a state and not committed. */
  async plan(state: TableState, { newRows, gone }: Replacement): Promise<ReplacedRows> {
    const { keyColumns, strategy } = this.#options;
    await using session = await EngineSession.open({
      folder: join(await scratchFolder(), 'engine'),
      memoryLimitBytes: 256 * 1024 * 1024,
      readsFrom: [this.store.root],
    });
    await session.run(`CREATE TABLE entering AS ${newRows}`, 'make new rows');
    const keys = keyColumns.map((name) => `"${name}"`).join(', ');
    await session.run(`CREATE TABLE leaving AS ${gone ?? `SELECT DISTINCT ${keys} FROM entering`}`, 'make keys');
    return await replaceRows(session, {
      store: this.store,
      state,
      keyColumns,
      goneRelation: 'leaving',
      newRowsRelation: 'entering',
      target: { folder: '2026-11-20', targetFileSizeBytes: this.targetFileSizeBytes },
      strategy,
    });
  }

  /** @throws BronzeError `TABLE_CHANGED` */
  async commit(base: TableState, { adds, removes }: ReplacedRows): Promise<TableState> {
    const outcome = await commitTransaction(this.store, {
      base,
      check: () => undefined,
      actions: () => [...removes.map((remove) => ({ remove })), ...adds.map((add) => ({ add }))],
      commitInfo: { operation: 'MERGE', operationParameters: {} },
      readParquetRows,
    });
    if (outcome.kind !== 'committed') throw new Error('refused');
    return outcome.state;
  }

  async replace(replacement: Replacement): Promise<ReplacedRows> {
    const state = await this.state();
    const replaced = await this.plan(state, replacement);
    await this.commit(state, replaced);
    return replaced;
  }

  /** `queryTable` of this table. */
  query(sql: string): Promise<string[]> {
    return queryTable(this.store, sql);
  }
}
