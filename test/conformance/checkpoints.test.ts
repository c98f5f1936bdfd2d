import { beforeAll, describe, expect, it } from 'vitest';
import { Connections } from '../../src/ingest/connections.ts';
import { readParquetRows } from '../../src/lake/table/table-log.ts';
import { cleanLog } from '../../src/maintain/clean-log.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { checkpointedTable, structStats, v2Protocol } from '../support/checkpointed-table.ts';
import { ageLog } from '../support/age-log.ts';
import { checkpointTable } from '../support/checkpoint-table.ts';
import { collect } from '../support/collect.ts';
import { addOf, commitActions, createTable } from '../support/delta-table.ts';
import { pythonWith, readers, type Python } from '../support/python.ts';

let python: Python;

beforeAll(async () => {
  python = await pythonWith([readers.deltalake, readers.pyarrow]);
});

describe('a checkpoint of ours', () => {
  it.each([
    ['classic, statistics as JSON', {}, undefined],
    ['classic, statistics as structs', structStats, undefined],
    ['V2, statistics as JSON', {}, v2Protocol],
    ['V2, statistics as structs', structStats, v2Protocol],
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

it('a log that was cleaned up is all that delta-rs needs, for the versions that are kept as well', async () => {
  const table = new Connections({ env: {}, readParquetRows }).table(await scratchFolder());
  const { store } = table;
  await createTable(store);
  const commit = async (): Promise<number> => {
    const state = await table.refresh();
    return (await commitActions(store, state, [{ add: addOf(`file-${String(state?.version)}`) }])).version;
  };
  while ((await commit()) < 4);
  await checkpointTable(store);
  while ((await commit()) < 6);
  await ageLog(store, new Date(Date.now() - 90 * 86_400_000));
  await commit();
  expect(await cleanLog({ table, signal: new AbortController().signal })).toMatchObject({ firstVersion: 4 });

  const seen = await python.json(
    `
from deltalake import DeltaTable
table = DeltaTable(input)
def files(version):
    table.load_as_version(version)
    return len(table.file_uris())
emit({ 'version': table.version(), 'files': [files(version) for version in [4, 5, 7]] })`,
    store.root,
  );
  expect(seen).toEqual({ version: 7, files: [4, 5, 7] });
});
