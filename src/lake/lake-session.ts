import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection, type DuckDBResult, type DuckDBResultReader } from '@duckdb/node-api';
import { RemoteFiles } from './remote/remote-files.ts';

/** A DuckDB over tables. What reads a table's view goes through `read`, `stream` and `run`, which fetch what it needs. */
export interface LakeSession extends AsyncDisposable {
  readonly connection: DuckDBConnection;
  /** Files of tables that are not on this machine. */
  readonly files: RemoteFiles;
  run(sql: string): Promise<void>;
  read(sql: string): Promise<DuckDBResultReader>;
  stream(sql: string): Promise<DuckDBResult>;
}

export interface LakeSessionOptions {
  /** DuckDB's `memory_limit`; beyond it data spills to a folder that only this session uses. */
  readonly memoryBytes?: number;
  readonly threads?: number;
}

/** A DuckDB of its own for reading tables, with times in UTC. Dispose of it: that removes its folder. */
export async function openLakeSession(options: LakeSessionOptions = {}): Promise<LakeSession> {
  // Two instances that spill must not share a folder.
  const folder = await mkdtemp(join(tmpdir(), 'bronze-lake-'));
  const settings: Record<string, string> = {
    temp_directory: join(folder, 'spill'),
    preserve_insertion_order: 'false',
    // Copies of remote files are filled while the session reads them.
    enable_external_file_cache: 'false',
  };
  if (options.memoryBytes !== undefined) settings['memory_limit'] = `${Math.ceil(options.memoryBytes / 1_000_000)}MB`;
  if (options.threads !== undefined) settings['threads'] = String(options.threads);
  const instance = await DuckDBInstance.create(':memory:', settings);
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  const files = new RemoteFiles(connection, folder);
  return {
    connection,
    files,
    run: async (sql) => {
      await files.bringFor(sql);
      await connection.run(sql);
    },
    read: async (sql) => {
      await files.bringFor(sql);
      return connection.runAndReadAll(sql);
    },
    stream: async (sql) => {
      await files.bringFor(sql);
      return connection.stream(sql);
    },
    [Symbol.asyncDispose]: async () => {
      connection.disconnectSync();
      instance.closeSync();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
