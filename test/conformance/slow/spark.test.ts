import { join } from 'node:path';
import { expect, it } from 'vitest';
import { activeFiles } from '../../../src/delta/log/active-files.ts';
import { loadTableState } from '../../../src/delta/load-table-state.ts';
import { openLakeSession } from '../../../src/lake/lake-session.ts';
import { openTable, viewTable } from '../../../src/lake/table/open-table.ts';
import { readParquetRows } from '../../../src/lake/table/table-log.ts';
import { LocalObjectStore } from '../../../src/storage/local-object-store.ts';
import { field, struct } from '../../../src/model/table/table-schema.ts';
import { BatchIntoTable, jsonJob } from '../../support/batch-into-table.ts';
import { checkpointTable } from '../../support/checkpoint-table.ts';
import { checkpointedTable, structStats, v2Protocol } from '../../support/checkpointed-table.ts';
import { collect } from '../../support/collect.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import { openSpark } from '../../support/spark.ts';
import { unpackSparkTables } from '../../support/spark-tables.ts';
import { skipPlainly } from '../../support/skip-plainly.ts';

const spark = await openSpark();
if (spark.missing !== undefined) skipPlainly(`without Spark: ${spark.missing}`);

it.skipIf(spark.missing !== undefined)('Spark reads tables of which nothing is left but our checkpoint', async () => {
  const tables = {
    classic: await checkpointedTable({}),
    classicStructs: await checkpointedTable(structStats),
    v2: await checkpointedTable({}, v2Protocol),
    v2Structs: await checkpointedTable(structStats, v2Protocol),
  };
  const roots = Object.values(tables).map(({ root }) => root);
  const seen = await spark.run(
    `
result = []
for path in args:
    table = spark.read.format('delta').load(path)
    rows = [json.loads(row) for row in table.orderBy('id').toJSON().collect()]
    skipped = table.where('id >= 3').orderBy('id')
    result.append({
        'rows': rows,
        'where': [row['id'] for row in skipped.collect()],
        'day': table.where("day = '2026-01-03'").count(),
    })
emit(result)`,
    ...roots,
  );
  const row = (id: number): unknown => ({
    id,
    at: `2026-01-0${id + 1}T00:00:00.123Z`,
    s: { price: Number(`${id}.25`), x: Number(`${id}.5`) },
    day: `2026-01-0${id + 1}`,
  });
  expect(seen).toMatchObject(roots.map(() => ({ rows: [0, 2, 3, 4].map(row), where: [3, 4], day: 1 })));
});

it.skipIf(spark.missing !== undefined)('we read what Spark makes of a table: rows, checkpoints and all', async () => {
  const root = join(await scratchFolder(), 'table');
  const seen = await spark.run(
    `
path = args[0]
spark.sql(f"""CREATE TABLE delta.\`{path}\` (id BIGINT, name STRING, s STRUCT<a: INT, b: STRING>, p DATE) USING delta PARTITIONED BY (p)
  TBLPROPERTIES ('delta.enableDeletionVectors' = 'true', 'delta.columnMapping.mode' = 'name', 'delta.checkpointPolicy' = 'v2',
    'delta.checkpointInterval' = '5', 'delta.enableTypeWidening' = 'true', 'delta.enableInCommitTimestamps' = 'true')""")
for batch in range(6):
    spark.range(batch * 100, batch * 100 + 100).selectExpr(
        'id', "concat('n', id) name", "named_struct('a', cast(id as int), 'b', 'x') s", "date_add(date'2026-01-01', cast(id % 3 as int)) p"
    ).coalesce(1).write.format('delta').mode('append').save(path)
spark.sql(f'DELETE FROM delta.\`{path}\` WHERE id % 7 = 0')
spark.sql(f'ALTER TABLE delta.\`{path}\` RENAME COLUMN name TO title')
spark.sql(f'ALTER TABLE delta.\`{path}\` RENAME COLUMN s.b TO c')
spark.sql(f'ALTER TABLE delta.\`{path}\` ALTER COLUMN s.a TYPE BIGINT')
spark.sql(f'ALTER TABLE delta.\`{path}\` ADD COLUMN later INT')
spark.sql(f'UPDATE delta.\`{path}\` SET title = NULL, later = 5 WHERE id % 50 = 1')
rows = spark.read.format('delta').load(path).orderBy('id')
emit(rows.selectExpr('id', 'title', 's.a sa', 's.c sc', 'cast(p as string) p', 'later').rdd.map(list).collect())`,
    root,
  );
  const table = await openTable({ name: 'table', root });
  expect(table.state.checkpointVersion).toBeGreaterThanOrEqual(5);
  const rows = async (): Promise<unknown> => {
    await using session = await openLakeSession();
    await viewTable(session, 't', await openTable({ name: 'table', root }));
    const reader = await session.read(
      'SELECT id::INTEGER, title, s.a::INTEGER, s.c, p::VARCHAR, later FROM t ORDER BY id',
    );
    return reader.getRowsJson();
  };
  expect(await rows()).toEqual(seen);

  // Our own checkpoint of it says the same, to us and to Spark.
  const store = new LocalObjectStore(root);
  const state = await loadTableState(store, { readParquetRows });
  const options = { readParquetRows, deletionVectors: 'return' } as const;
  const before = await collect(activeFiles(store, state!, options));
  expect(await checkpointTable(store)).toMatchObject({ version: state!.version, files: before.length });
  for (const { path } of await collect(store.list('_delta_log/'))) {
    if (/\/\d{20}\.json$/.test(path) && !path.includes(String(state!.version).padStart(20, '0')))
      await store.delete(path);
  }
  expect(await rows()).toEqual(seen);
  const again = await spark.run("emit(spark.read.format('delta').load(args[0]).where('title is null').count())", root);
  expect(again).toBe((seen as unknown[][]).filter(([, title]) => title === null).length);
});

it.skipIf(spark.missing !== undefined)(
  'Spark reads, and goes on with, what we write into tables with mapped columns',
  async () => {
    const folder = await scratchFolder();
    await unpackSparkTables(folder);
    const columns = [
      field('id', 'long'),
      field('s', struct(field('a', 'long'), field('extra', 'string'))),
      field('p', 'date'),
      field('new one', { type: 'array', elementType: struct(field('x', 'long')), containsNull: true }),
    ];
    const roots = ['mapped-by-name-with-deletion-vectors', 'ours-by-name', 'ours-by-id'].map((name) =>
      join(folder, name),
    );
    for (const root of roots) {
      const properties = { 'delta.columnMapping.mode': root.endsWith('id') ? 'id' : 'name' };
      const batch = new BatchIntoTable(jsonJob(root, columns, properties));
      await batch.open();
      const row = { s: { a: 5, extra: 'more' }, p: '2026-03-01', 'new one': [{ x: 7 }] };
      const staged = await batch.stage([1000, 1001].map((id) => ({ id, ...row })));
      expect(await batch.commit(staged)).toMatchObject({ kind: 'committed' });
    }
    const seen = await spark.run(
      `
result = []
for path in args:
    spark.sql(f'ALTER TABLE delta.\`{path}\` ADD COLUMN last STRING')
    spark.sql(f"INSERT INTO delta.\`{path}\` (id, last) VALUES (2000, 'z')")
    spark.sql(f'ALTER TABLE delta.\`{path}\` RENAME COLUMN \`new one\` TO newer')
    table = spark.read.format('delta').load(path).where('id >= 1000').orderBy('id')
    rows = table.selectExpr('id', 's.a', 's.extra', 'cast(p as string) p', 'newer[0].x', 'last').rdd.map(list).collect()
    skipped = spark.read.format('delta').load(path).where("id > 1000 and p = '2026-03-01' and s.extra = 'more'").count()
    result.append({'rows': rows, 'skipped': skipped})
emit(result)`,
      ...roots,
    );
    const ours = (id: number): unknown[] => [id, 5, 'more', '2026-03-01', 7, null];
    expect(seen).toEqual(
      roots.map(() => ({ rows: [ours(1000), ours(1001), [2000, null, null, null, null, 'z']], skipped: 1 })),
    );
  },
);
