import { readdir } from 'node:fs/promises';
import { activeFiles } from '../../src/delta/log/active-files.ts';
import { dataFilePath } from '../../src/delta/data-file-path.ts';
import { loadTableState } from '../../src/delta/load-table-state.ts';
import { loadState } from '../../src/lake/table/table-log.ts';
import { parseAppId } from '../../src/model/table/app-id.ts';
import { openObjectStore } from '../../src/storage/open-object-store.ts';

/** How many offsets are in a table whose job began at the beginning of each topic partition. */
export async function committedOffsets(tableRoot: string): Promise<bigint> {
  const state = await loadState(openObjectStore(tableRoot));
  let sum = 0n;
  for (const [appId, offset] of state?.txns ?? []) if (parseAppId(appId)) sum += BigInt(offset);
  return sum;
}

/** Parquet files in a table's folder that the log does not name: a batch that is not committed (yet). */
export async function uncommittedFiles(tableRoot: string): Promise<string[]> {
  const entries = await readdir(tableRoot, { recursive: true }).catch(() => []);
  const store = openObjectStore(tableRoot);
  const state = await loadTableState(store);
  const named = new Set<string>();
  if (state) for await (const { path } of activeFiles(store, state)) named.add(dataFilePath(path, store.root));
  return entries.filter((path) => path.endsWith('.parquet') && !named.has(path));
}
