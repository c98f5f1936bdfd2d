import type { Action, AddAction } from '../../src/delta/actions.ts';
import { newTableActions } from '../../src/delta/new-table.ts';
import { commitTransaction } from '../../src/delta/commit/transaction.ts';
import type { TableState } from '../../src/delta/table-state.ts';
import { field, struct, type StructType } from '../../src/model/table/table-schema.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';

export const smallSchema: StructType = struct(field('id', 'long'), field('name', 'string'));

/** An add of a file that need not exist: for tests of the log alone. */
export function addOf(path: string, recordCount = 1): AddAction {
  return {
    path,
    partitionValues: {},
    size: 100,
    modificationTime: 1_700_000_000_000,
    dataChange: true,
    stats: JSON.stringify({ numRecords: recordCount }),
  };
}

/** Commits without a check; fails the test when it is refused. */
export async function commitActions(
  store: ObjectStore,
  base: TableState | undefined,
  actions: readonly Action[],
): Promise<TableState> {
  const outcome = await commitTransaction(store, {
    base,
    check: () => undefined,
    actions: () => actions,
    commitInfo: { operation: 'STREAMING UPDATE', operationParameters: {} },
    onTableChange: 'recheck',
  });
  if (outcome.kind !== 'committed') throw new Error('refused');
  return outcome.state;
}

export async function createTable(
  store: ObjectStore,
  properties: Readonly<Record<string, string>> = {},
  schema: StructType = smallSchema,
): Promise<TableState> {
  return commitActions(store, undefined, newTableActions({ schema, partitionColumns: [], properties }));
}

/** Writes a log entry as another writer might, past all of our checks. */
export async function writeRawEntry(store: ObjectStore, version: number, lines: readonly unknown[]): Promise<void> {
  const path = `_delta_log/${String(version).padStart(20, '0')}.json`;
  await store.put(path, Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join('')));
}
