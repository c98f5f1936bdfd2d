import { beforeAll, describe, expect, it } from 'vitest';
import type { Action } from '../../src/delta/actions.ts';
import { newTableActions } from '../../src/delta/new-table.ts';
import { field, struct } from '../../src/model/table-schema.ts';
import { LocalObjectStore } from '../../src/storage/local-object-store.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { readParquetRows } from '../../src/lake/table-log.ts';
import { checkpointTable } from '../support/checkpoint-table.ts';
import { collect } from '../support/collect.ts';
import { commitActions, writeRawEntry } from '../support/delta-table.ts';
import { writeParquet } from '../support/duckdb-parquet.ts';
import { pythonWith, readers, type Python } from '../support/python.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

let python: Python;

beforeAll(async () => {
  python = await pythonWith([readers.deltalake, readers.pyarrow]);
}, 300_000);

const schema = struct(
  field('id', 'long'),
  field('at', 'timestamp'),
  field('s', struct(field('price', 'decimal(10,2)'), field('x', 'double'))),
  field('day', 'date'),
);

const structStats = { 'delta.checkpoint.writeStatsAsStruct': 'true', 'delta.checkpoint.writeStatsAsJson': 'false' };

const v2 = {
  minReaderVersion: 3,
  minWriterVersion: 7,
  readerFeatures: ['v2Checkpoint'],
  writerFeatures: ['v2Checkpoint', 'appendOnly', 'invariants'],
};

/** A table of five files in two commits, of which one was removed; then a checkpoint, and nothing else in the log. */
async function checkpointedTable(
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

describe('a checkpoint of ours', () => {
  it.each([
    ['classic, statistics as JSON', {}, undefined],
    ['classic, statistics as structs', structStats, undefined],
    ['V2, statistics as JSON', {}, { protocol: v2 }],
    ['V2, statistics as structs', structStats, { protocol: v2 }],
  ] as const)('is all that delta-rs needs: %s', async (_name, properties, protocol) => {
    const store = await checkpointedTable(properties, protocol);
    const seen = await python.json(
      `
from deltalake import DeltaTable
import pyarrow as pa
table = DeltaTable(input)
from deltalake import QueryBuilder
def query(sql):
    return pa.table(QueryBuilder().register('t', table).execute(sql)).to_pylist()
adds = pa.table(table.get_add_actions(flatten=True)).to_pylist()
emit({
  'version': table.version(),
  'rows': query('select * from t order by id'),
  'filtered': [row['id'] for row in query('select id from t where id >= 3 order by id')],
  'txn': table.transaction_version('job'),
  'min': sorted(add['min.id'] for add in adds),
  'max': sorted(str(add['max.s.price']) for add in adds),
})`,
      store.root,
    );
    expect(seen).toMatchObject({
      version: protocol ? 3 : 2,
      filtered: [3, 4],
      txn: 9007199254740993,
      min: [0, 2, 3, 4],
      max: ['0.25', '2.25', '3.25', '4.25'],
    });
    expect(seen).toHaveProperty('rows.length', 4);
    expect(seen).toHaveProperty('rows.1.day', '2026-01-03');
  });

  it('has typed statistics and partition values where the table wants them', async () => {
    const store = await checkpointedTable(structStats);
    const rows = await collect(
      readParquetRows({
        store,
        paths: ['_delta_log/00000000000000000002.checkpoint.parquet'],
        select: (
          files,
        ) => `SELECT to_json({stats: add.stats, parsed: add.stats_parsed, day: add.partitionValues_parsed})::VARCHAR
          FROM read_parquet(${files}) WHERE add IS NOT NULL ORDER BY add.path LIMIT 1`,
      }),
    );
    const bounds = { id: 0, at: '2026-01-01 00:00:00.123+00', s: { price: 0.25, x: 0.5 } };
    expect(JSON.parse(rows[0] ?? '')).toEqual({
      stats: null,
      day: { day: '2026-01-01' },
      parsed: {
        numRecords: 1,
        tightBounds: null,
        minValues: bounds,
        maxValues: bounds,
        nullCount: { id: 0, at: 0, s: { price: 0, x: 0 } },
      },
    });
  });
});
