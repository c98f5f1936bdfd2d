import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AddAction, PartitionValues } from '../../src/delta/actions.ts';
import { actionPathOf } from '../../src/delta/data-file-path.ts';
import { withPlainDuckDB } from './plain-duckdb.ts';

/** Writes the rows of a query to a Parquet file below a table's root; returns the action that adds it. */
export async function writeParquet(
  root: string,
  path: string,
  query: string,
  partitionValues: PartitionValues = {},
): Promise<AddAction> {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  const count = await withPlainDuckDB(async (connection) => {
    await connection.run(`COPY (${query}) TO '${file.replaceAll("'", "''")}' (FORMAT parquet)`);
    const rows = await connection.runAndReadAll(`SELECT count(*)::INTEGER FROM (${query})`);
    return Number(rows.getRows()[0]?.[0]);
  });
  const { size, mtimeMs } = await stat(file);
  return {
    path: actionPathOf(path),
    partitionValues,
    size,
    modificationTime: Math.floor(mtimeMs),
    dataChange: true,
    stats: JSON.stringify({ numRecords: count }),
  };
}

/** The rows of a Parquet file, each as a line of JSON. */
export async function* readParquetRows(readerUrl: string): AsyncIterable<string> {
  const lines = await withPlainDuckDB(async (connection) => {
    const rows = await connection.runAndReadAll('SELECT to_json(t)::VARCHAR FROM read_parquet(?) t', [readerUrl]);
    return rows.getRows().map(([line]) => String(line));
  });
  yield* lines;
}
