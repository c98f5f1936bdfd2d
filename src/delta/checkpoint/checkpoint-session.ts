import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { BronzeError } from '../../errors.ts';
import { quoteLiteral } from '../../model/pipeline/sql-text.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { ParquetQuery } from './read-checkpoint.ts';

/** The engine, as far as checkpoints are written with it. */
export interface CheckpointSession {
  /** The one folder that it may read and write. */
  readonly outputFolder: string;
  run(sql: string, doing: string): Promise<void>;
  rows(sql: string, doing: string): Promise<readonly (readonly unknown[])[]>;
}

/** Files of the log in the session's folder: each is copied once. */
export class LocalLogFiles {
  readonly #store: ObjectStore;
  readonly #session: CheckpointSession;
  readonly #copies = new Map<string, string>();

  constructor(store: ObjectStore, session: CheckpointSession) {
    this.#store = store;
    this.#session = session;
  }

  /**
   * A list of the local copies in SQL.
   * @throws BronzeError `TABLE_CORRUPT` for a file that is not there.
   */
  async list(paths: readonly string[]): Promise<string> {
    const files: string[] = [];
    for (const path of paths) files.push(quoteLiteral(await this.#copyOf(path)));
    return `[${files.join(', ')}]`;
  }

  /** `ReadParquetRows` for the few rows of a checkpoint that are not about files. */
  async *readRows({ paths, select }: ParquetQuery): AsyncGenerator<string> {
    const files = await this.list(paths);
    const doing = `${this.#store.root}/${paths[0] ?? ''}: read a log checkpoint`;
    const rows = await this.#session.rows(select(files), doing).catch((error: unknown) => {
      throw isDefectOfFile(error) ? new BronzeError('TABLE_CORRUPT', error.message, { cause: error }) : error;
    });
    for (const [line] of rows) yield String(line);
  }

  async #copyOf(path: string): Promise<string> {
    const known = this.#copies.get(path);
    if (known !== undefined) return known;
    const copy = join(this.#session.outputFolder, `${randomUUID()}.parquet`);
    if (!(await this.#store.getFile(path, copy))) {
      throw new BronzeError('TABLE_CORRUPT', `${this.#store.root}/${path} is missing: it vanished while it was read`);
    }
    this.#copies.set(path, copy);
    return copy;
  }
}

/** The statement is ours and the file is on the disk: what else the engine stumbles over is in the file. */
function isDefectOfFile(error: unknown): error is BronzeError {
  return error instanceof BronzeError && error.code === 'INTERNAL';
}
