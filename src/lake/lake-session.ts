import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';

export interface LakeSession extends AsyncDisposable {
  readonly connection: DuckDBConnection;
}

export interface LakeSessionOptions {
  /** DuckDB's `memory_limit`; beyond it data spills to a folder that only this session uses. */
  readonly memoryBytes?: number;
  readonly threads?: number;
}

/** A DuckDB of its own for reading tables, with times in UTC. Dispose of it: that removes its spill folder. */
export async function openLakeSession(options: LakeSessionOptions = {}): Promise<LakeSession> {
  // Two instances that spill must not share a folder.
  const spillFolder = await mkdtemp(join(tmpdir(), 'bronze-lake-'));
  const settings: Record<string, string> = { temp_directory: spillFolder, preserve_insertion_order: 'false' };
  if (options.memoryBytes !== undefined) settings['memory_limit'] = `${Math.ceil(options.memoryBytes / 1_000_000)}MB`;
  if (options.threads !== undefined) settings['threads'] = String(options.threads);
  const instance = await DuckDBInstance.create(':memory:', settings);
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  return {
    connection,
    [Symbol.asyncDispose]: async () => {
      connection.disconnectSync();
      instance.closeSync();
      await rm(spillFolder, { recursive: true, force: true });
    },
  };
}
