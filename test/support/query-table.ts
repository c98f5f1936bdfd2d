import { openLakeSession } from '../../src/lake/lake-session.ts';
import { viewTable } from '../../src/lake/table/open-table.ts';
import { loadState } from '../../src/lake/table/table-log.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';

/** The rows of a SELECT over the newest version of a table as `t`, as text, by the code that reads tables for people. */
export async function queryTable(store: ObjectStore, sql: string): Promise<string[]> {
  const { root } = store;
  const state = await loadState(store);
  if (!state) throw new Error(`there is no table at ${root}`);
  await using session = await openLakeSession();
  await viewTable(session, 't', { store, state, name: 't', root });
  const reader = await session.read(sql);
  return reader.getRowsJson().map((row) => row.map(String).join(' '));
}
