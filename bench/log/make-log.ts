import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Action, AddAction } from '../../src/delta/actions.ts';
import { printCommit } from '../../src/delta/log/commit-entry.ts';
import { commitPath } from '../../src/delta/log/log-path.ts';
import { newTableActions } from '../../src/delta/new-table.ts';
import { toOffset } from '../../src/model/batch/offset-range.ts';
import { field, struct } from '../../src/model/table/table-schema.ts';

const schema = struct(field('id', 'long'), field('name', 'string'), field('at', 'timestamp'), field('day', 'date'));

/** An add as our own commits have them, with the statistics of a few columns; the file does not exist. */
export function logAdd(name: string, index: number): AddAction {
  const at = '2026-11-20T00:00:00.000Z';
  return {
    path: `2026-11-20/${name}.snappy.parquet`,
    partitionValues: { day: `2026-11-${String((index % 28) + 1).padStart(2, '0')}` },
    size: 1_000_000 + index,
    modificationTime: 1_790_000_000_000,
    dataChange: true,
    stats: JSON.stringify({
      numRecords: 10_000,
      minValues: { id: index, name: `a name of a usual length ${index}`, at },
      maxValues: { id: index + 10_000, name: `some other name of that length ${index}`, at },
      nullCount: { id: 0, name: 3, at: 0 },
    }),
  };
}

/** Writes the log of a table that was committed to many times, past all that makes commits safe and slow. */
export async function makeLog(root: string, commits: number, files: number): Promise<void> {
  const table = newTableActions({ schema, partitionColumns: ['day'] });
  await mkdir(dirname(join(root, commitPath(0))), { recursive: true });
  await write(root, 0, table);
  let made = 0;
  for (let version = 1; version < commits; version += 1) {
    const upTo = Math.floor((files * version) / (commits - 1));
    const actions: Action[] = [{ txn: { appId: 'bench', version: toOffset(version) } }];
    for (; made < upTo; made += 1) actions.push({ add: logAdd(`file-${made}-a3f8c5e2-77b1-4a0e-9d55`, made) });
    await write(root, version, actions);
  }
}

async function write(root: string, version: number, actions: readonly Action[]): Promise<void> {
  const commitInfo = {
    timestamp: 1_790_000_000_000 + version,
    operation: 'STREAMING UPDATE',
    txnId: `bench-${version}`,
  };
  await writeFile(join(root, commitPath(version)), printCommit([{ commitInfo }, ...actions]));
}
