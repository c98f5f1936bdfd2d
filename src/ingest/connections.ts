import type { AddAction, RemoveAction } from '../delta/actions.ts';
import { activeFiles, type ActiveFilesOptions } from '../delta/log/active-files.ts';
import { loadTableState } from '../delta/load-table-state.ts';
import type { ReadParquetRows } from '../delta/checkpoint/read-checkpoint.ts';
import { removedFiles } from '../delta/log/removed-files.ts';
import type { TableState } from '../delta/table-state.ts';
import { commitTransaction, type TransactionOutcome, type TransactionRequest } from '../delta/commit/transaction.ts';
import { BronzeError } from '../errors.ts';
import type { KafkaReader } from '../kafka/kafka-reader.ts';
import { openKafka } from '../kafka/open-kafka.ts';
import type { KafkaSource } from '../model/job/job-spec.ts';
import type { TableCommit } from '../model/table/table-commit.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { openObjectStore } from '../storage/open-object-store.ts';
import type { TableCheckpoints } from './commit/table-checkpoints.ts';

/** A table as this process last saw it. Reading it again costs only what was committed since. */
export class TableHandle {
  readonly store: ObjectStore;
  #readParquetRows: ReadParquetRows | undefined;
  #checkpoints: TableCheckpoints | undefined;
  #onCommit: TableOptions['onCommit'];
  #state: TableState | undefined;
  #lastCommit: Promise<unknown> = Promise.resolve();

  constructor(store: ObjectStore, { readParquetRows, checkpoints, onCommit }: TableOptions) {
    this.store = store;
    this.#onCommit = onCommit;
    this.#readParquetRows = readParquetRows;
    this.#checkpoints = checkpoints;
  }

  /** The newest state; `undefined` while there is no table. */
  async refresh(): Promise<TableState | undefined> {
    const previous = this.#state;
    this.#state = await loadTableState(this.store, { previous, readParquetRows: this.#readParquetRows });
    return this.#state;
  }

  /** The state at a version; `undefined` where the log does not reach back to it any more. */
  async at(version: number): Promise<TableState | undefined> {
    try {
      return await loadTableState(this.store, { version, readParquetRows: this.#readParquetRows });
    } catch (error) {
      if (error instanceof BronzeError && error.code === 'TABLE_NOT_FOUND') return undefined;
      throw error;
    }
  }

  /**
   * `commitTransaction` on this table. Those of a process take turns: of hundreds of lanes that share a table, all would
   * write their entry anew for each one that comes first.
   */
  async commit<Refusal>(request: TransactionRequest<Refusal>): Promise<TransactionOutcome<Refusal>> {
    const turn = this.#lastCommit.then(() => this.#commit(request));
    this.#lastCommit = turn.catch(() => undefined);
    return turn;
  }

  async #commit<Refusal>(request: TransactionRequest<Refusal>): Promise<TransactionOutcome<Refusal>> {
    const outcome = await commitTransaction(this.store, { ...request, readParquetRows: this.#readParquetRows });
    if (outcome.kind === 'committed') {
      this.#onCommit?.({ table: this.store.root, rebases: outcome.rebases });
      this.#state = outcome.state;
      this.#checkpoints?.afterCommit(this.store, outcome.state);
    }
    return outcome;
  }

  /** `activeFiles` of this table. */
  files(state: TableState, options: Pick<ActiveFilesOptions, 'deletionVectors'> = {}): AsyncIterable<AddAction> {
    return activeFiles(this.store, state, { ...options, readParquetRows: this.#readParquetRows });
  }

  /** `removedFiles` of this table. */
  removedFiles(state: TableState): AsyncIterable<RemoveAction> {
    return removedFiles(this.store, state, { readParquetRows: this.#readParquetRows });
  }
}

interface TableOptions {
  /** Reads log checkpoints. */
  readonly readParquetRows?: ReadParquetRows;
  /** Writes log checkpoints; without it nobody does. */
  readonly checkpoints?: TableCheckpoints;
  /** Told of each commit that this process makes. */
  readonly onCommit?: (commit: TableCommit) => void;
}

export interface ConnectionOptions extends TableOptions {
  /** Where `${VAR}` references of credentials are looked up. */
  readonly env: NodeJS.ProcessEnv;
}

/** Kafka readers and tables that activities of one process share. */
export class Connections {
  #readers = new Map<string, KafkaReader>();
  #tables = new Map<string, TableHandle>();
  #options: ConnectionOptions;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  kafka({ bootstrapServers, security }: KafkaSource): KafkaReader {
    const source = { bootstrapServers, ...(security ? { security } : {}) };
    const key = JSON.stringify(source);
    const known = this.#readers.get(key);
    if (known) return known;
    const reader = openKafka(source, { env: this.#options.env });
    this.#readers.set(key, reader);
    return reader;
  }

  table(root: string): TableHandle {
    const known = this.#tables.get(root);
    if (known) return known;
    const table = new TableHandle(openObjectStore(root), this.#options);
    this.#tables.set(root, table);
    return table;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#readers.values()].map((reader) => reader.close()));
  }
}
