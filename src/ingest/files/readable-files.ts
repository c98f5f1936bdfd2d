import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReadParquetRows } from '../../delta/checkpoint/read-checkpoint.ts';
import type { EngineSession } from '../../engine/session.ts';
import { quoteLiteral } from '../../model/pipeline/sql-text.ts';
import type { ObjectStore } from '../../storage/object-store.ts';

/** Objects of a store, as files that an engine which may read the store's root can open. */
export interface ReadableFiles extends AsyncDisposable {
  /** In the order in which they were asked for. */
  readonly paths: readonly string[];
  /** The same as a list in SQL. */
  readonly sql: string;
}

/**
 * The one place that knows how the engine gets at files of a table: it reads local ones where they are; others are
 * copied into its folder, and gone when this is disposed of. Throws AbsentObject.
 */
export async function readableFiles(
  session: EngineSession,
  store: ObjectStore,
  paths: readonly string[],
): Promise<ReadableFiles> {
  const [files, copies]: [string[], string[]] = [[], []];
  for (const path of paths) {
    const url = store.readerUrl(path);
    const file = url ?? join(session.outputFolder, randomUUID());
    if (url === undefined) copies.push(file);
    const isThere = url === undefined ? await store.getFile(path, file) : (await store.head(path)) !== undefined;
    if (!isThere) throw new AbsentObject(path);
    files.push(file);
  }
  return {
    paths: files,
    sql: `[${files.map(quoteLiteral).join(', ')}]`,
    [Symbol.asyncDispose]: async () => {
      for (const copy of copies) await rm(copy, { force: true });
    },
  };
}

/** There is no object at the path of a store. */
export class AbsentObject extends Error {
  readonly path: string;

  constructor(path: string) {
    super(`${path} is not there`);
    this.path = path;
  }
}

/** Reads checkpoints of the log with an engine that may read the table. */
export function checkpointReader(session: EngineSession): ReadParquetRows {
  return async function* ({ store, paths, select }) {
    await using files = await readableFiles(session, store, paths);
    for await (const [lines = []] of session.columns(select(files.sql), 'read a checkpoint of the log')) {
      for (const line of lines) yield String(line);
    }
  };
}
