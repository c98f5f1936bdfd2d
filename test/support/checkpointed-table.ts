import type { Action } from '../../src/delta/actions.ts';
import { newTableActions } from '../../src/delta/new-table.ts';
import { field, struct } from '../../src/model/table/table-schema.ts';
import { LocalObjectStore } from '../../src/storage/local-object-store.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { checkpointTable } from './checkpoint-table.ts';
import { collect } from './collect.ts';
import { commitActions, writeRawEntry } from './delta-table.ts';
import { writeParquet } from './duckdb-parquet.ts';
import { scratchFolder } from './scratch-folder.ts';

const schema = struct(
  field('id', 'long'),
  field('at', 'timestamp'),
  field('s', struct(field('price', 'decimal(10,2)'), field('x', 'double'))),
  field('day', 'date'),
);

/** Statistics of a checkpoint in their parsed form alone. */
export const structStats = {
  'delta.checkpoint.writeStatsAsStruct': 'true',
  'delta.checkpoint.writeStatsAsJson': 'false',
};

const v2 = {
  minReaderVersion: 3,
  minWriterVersion: 7,
  readerFeatures: ['v2Checkpoint'],
  writerFeatures: ['v2Checkpoint', 'appendOnly', 'invariants'],
};

export const v2Protocol = { protocol: v2 } as const satisfies Action;

/** A table of five files in two commits, of which one was removed; then a checkpoint, and nothing else in the log. */
export async function checkpointedTable(
  properties: Readonly<Record<string, string>>,
  protocol?: Action,
): Promise<ObjectStore> {
  const store = new LocalObjectStore(await scratchFolder());
  await commitActions(store, undefined, newTableActions({ schema, partitionColumns: ['day'], properties }));
  if (protocol) await writeRawEntry(store, 1, [protocol]);
  const adds = await Promise.all([0, 1, 2, 3, 4].map((file) => addOf(store, file)));
  await commitActions(store, undefined, [...adds.slice(0, 3), { txn: { appId: 'job', version: '9007199254740993' } }]);
  await checkpointTable(store);
  const removed: Action = { remove: { path: 'part-1.parquet', dataChange: true, deletionTimestamp: Date.now() } };
  const { version } = await commitActions(store, undefined, [...adds.slice(3), removed]);
  await checkpointTable(store);
  for (const { path } of await collect(store.list('_delta_log/'))) {
    const isNewest = path.includes(String(version).padStart(20, '0')) || path.includes('_sidecars');
    if (!isNewest && !path.endsWith('_last_checkpoint')) await store.delete(path);
  }
  return store;
}

async function addOf(store: ObjectStore, file: number): Promise<Action> {
  const query = `SELECT ${file}::BIGINT id, TIMESTAMPTZ '2026-01-01 00:00:00.123456Z' + INTERVAL (${file}) DAY AS at,
    {'price': ${file}.25::DECIMAL(10, 2), 'x': ${file}.5::DOUBLE} s`;
  const add = await writeParquet(store.root, `part-${file}.parquet`, query, { day: `2026-01-0${file + 1}` });
  const at = `2026-01-0${file + 1}T00:00:00.123Z`;
  const bounds = { id: file, at, s: { price: file + 0.25, x: file + 0.5 } };
  const nullCount = { id: 0, at: 0, s: { price: 0, x: 0 } };
  return {
    add: { ...add, stats: JSON.stringify({ numRecords: 1, minValues: bounds, maxValues: bounds, nullCount }) },
  };
}
