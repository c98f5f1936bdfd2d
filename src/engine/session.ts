import { DuckDBInstance, type DuckDBConnection, type DuckDBValue } from '@duckdb/node-api';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BronzeError } from '../errors.ts';
import { quoteLiteral } from '../model/pipeline/sql-text.ts';
import { engineFailure } from './engine-failure.ts';

export interface SessionOptions {
  /** The session's own: made when it opens, removed with all that is in it when it closes. */
  readonly folder: string;
  /** What DuckDB keeps in memory before it spills to the folder; the process needs some more than that. */
  readonly memoryLimitBytes: number;
  /** Further folders that its SQL may touch: none where a part of the SQL is the user's. */
  readonly readsFrom?: readonly string[];
}

/**
 * One DuckDB database in memory, with one thread, that can touch no file outside its folder, no network and none of its
 * own settings: the SQL that it runs is in part the user's. Two databases that spill must not share a folder.
 */
export class EngineSession implements AsyncDisposable {
  readonly connection: DuckDBConnection;
  /** For appending while a statement runs on `connection`. */
  readonly appendConnection: DuckDBConnection;
  readonly outputFolder: string;
  readonly #instance: DuckDBInstance;
  readonly #folder: string;

  private constructor(
    instance: DuckDBInstance,
    connections: readonly [DuckDBConnection, DuckDBConnection],
    folder: string,
  ) {
    this.#instance = instance;
    [this.connection, this.appendConnection] = connections;
    this.#folder = folder;
    this.outputFolder = join(folder, 'out');
  }

  static async open({ folder, memoryLimitBytes, readsFrom = [] }: SessionOptions): Promise<EngineSession> {
    const spillFolder = join(folder, 'spill');
    await mkdir(spillFolder, { recursive: true });
    await mkdir(join(folder, 'out'), { recursive: true });
    try {
      const instance = await DuckDBInstance.create(':memory:', {
        threads: '1',
        memory_limit: `${Math.ceil(memoryLimitBytes / 1024)}KiB`,
        temp_directory: spillFolder,
        autoinstall_known_extensions: 'false',
        autoload_known_extensions: 'false',
        // Freed memory goes back to the system early; by default DuckDB's allocator keeps some hundred MiB of it.
        allocator_flush_threshold: '8MiB',
        allocator_bulk_deallocation_flush_threshold: '8MiB',
        // Copies of remote files are filled while the session reads them.
        enable_external_file_cache: 'false',
      });
      const connections = [await instance.connect(), await instance.connect()] as const;
      const settings = [
        `SET GLOBAL TimeZone = 'UTC'`,
        `SET allowed_directories = [${[folder, ...readsFrom].map(quoteLiteral).join(', ')}]`,
        'SET enable_external_access = false',
        'SET lock_configuration = true',
      ];
      for (const setting of settings) await connections[0].run(setting);
      return new EngineSession(instance, connections, folder);
    } catch (error) {
      throw engineFailure(error, 'open the engine');
    }
  }

  /** Throws ENGINE_OUT_OF_MEMORY, STORAGE_UNAVAILABLE or INTERNAL; `doing` says what was tried. */
  async run(sql: string, doing: string): Promise<void> {
    try {
      await this.connection.run(sql);
    } catch (error) {
      throw engineFailure(error, doing);
    }
  }

  /** Rows as DuckDB's JSON-safe values: numbers beyond 32 bits are text. Throws as `run`. */
  async rows(sql: string, doing: string): Promise<readonly (readonly unknown[])[]> {
    try {
      return (await this.connection.runAndReadAll(sql)).getRowsJson();
    } catch (error) {
      throw engineFailure(error, doing);
    }
  }

  /** As `rows`, some thousand at a time and column by column, in DuckDB's own values. */
  async *columns(sql: string, doing: string): AsyncGenerator<readonly (readonly DuckDBValue[])[], void, undefined> {
    try {
      const result = await this.connection.stream(sql);
      for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
        yield chunk.getColumns();
      }
    } catch (error) {
      throw engineFailure(error, doing);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.appendConnection.closeSync();
    this.connection.closeSync();
    this.#instance.closeSync();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** A count that DuckDB gave as a number or as text. Throws INTERNAL. */
export function countOf(value: unknown): number {
  const count = Number(value);
  if (!Number.isSafeInteger(count)) throw new BronzeError('INTERNAL', `the engine gave ${String(value)} as a count`);
  return count;
}
