import { loadTableState } from '../delta/load-table-state.ts';
import type { TableState } from '../delta/table-state.ts';
import type { KafkaReader } from '../kafka/kafka-reader.ts';
import { openKafka } from '../kafka/open-kafka.ts';
import type { KafkaSource } from '../model/job-spec.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { openObjectStore } from '../storage/open-object-store.ts';

/** A table as this process last saw it. Reading it again costs only what was committed since. */
export class TableHandle {
  readonly store: ObjectStore;
  #state: TableState | undefined;

  constructor(store: ObjectStore) {
    this.store = store;
  }

  /** The newest state; `undefined` while there is no table. */
  async refresh(): Promise<TableState | undefined> {
    const previous = this.#state;
    this.#state = await loadTableState(this.store, previous ? { previous } : {});
    return this.#state;
  }

  /** Takes over a state that a commit gave, which spares reading it back. */
  adopt(state: TableState): TableState {
    this.#state = state;
    return state;
  }
}

/** Kafka readers and tables that activities of one process share. */
export class Connections {
  #readers = new Map<string, KafkaReader>();
  #tables = new Map<string, TableHandle>();
  #env: NodeJS.ProcessEnv;

  constructor(env: NodeJS.ProcessEnv = process.env) {
    this.#env = env;
  }

  kafka({ bootstrapServers, security }: KafkaSource): KafkaReader {
    const source = { bootstrapServers, ...(security ? { security } : {}) };
    const key = JSON.stringify(source);
    const known = this.#readers.get(key);
    if (known) return known;
    const reader = openKafka(source, { env: this.#env });
    this.#readers.set(key, reader);
    return reader;
  }

  table(root: string): TableHandle {
    const known = this.#tables.get(root);
    if (known) return known;
    const table = new TableHandle(openObjectStore(root));
    this.#tables.set(root, table);
    return table;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#readers.values()].map((reader) => reader.close()));
  }
}
