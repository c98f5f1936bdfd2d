import { isCheckpointDue } from '../../delta/checkpoint/checkpoint-due.ts';
import { readCheckpointHint } from '../../delta/checkpoint/last-checkpoint.ts';
import type { TableState } from '../../delta/table-state.ts';
import { errorMessage } from '../../errors.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { TransformPool } from '../transform-pool.ts';

export interface TableCheckpointsOptions {
  readonly engine: Pick<TransformPool, 'checkpoint'>;
  readonly logLine: (line: string) => void;
}

/**
 * Log checkpoints of the tables that this process commits to, every `delta.checkpointInterval` commits. They are written
 * beside the batches, one at a time for each table, and nothing waits for them: one that fails is logged, and is due
 * again after as many commits.
 */
export class TableCheckpoints {
  readonly #options: TableCheckpointsOptions;
  readonly #closing = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  /** The newest checkpoint that is known, or was tried, of each table. */
  readonly #newest = new Map<string, number>();

  constructor(options: TableCheckpointsOptions) {
    this.#options = options;
  }

  afterCommit(store: ObjectStore, state: TableState): void {
    const { root } = store;
    if (this.#closing.signal.aborted || this.#running.has(root) || !this.#isDue(root, state)) return;
    const running = this.#checkpoint(store, state)
      .catch((error: unknown) => {
        this.#newest.set(root, state.version);
        if (this.#closing.signal.aborted) return;
        this.#options.logLine(`checkpoint of ${root} failed, which costs only time: ${errorMessage(error)}`);
      })
      .finally(() => this.#running.delete(root));
    this.#running.set(root, running);
  }

  /** Gives up those that run. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#running.values());
  }

  #isDue(root: string, state: TableState): boolean {
    return isCheckpointDue(state, this.#newest.get(root));
  }

  async #checkpoint(store: ObjectStore, state: TableState): Promise<void> {
    const { root } = store;
    // Others write checkpoints as well.
    this.#newest.set(root, (await readCheckpointHint(store))?.version ?? 0);
    if (!this.#isDue(root, state)) return;
    const written = await this.#options.engine.checkpoint(root, this.#closing.signal);
    this.#newest.set(root, written?.version ?? state.version);
  }
}
