"""Makes the tables beside this file, with PySpark 4.0.0 and Delta 4.0.0: spark_session.py <jars> "$(cat make_tables.py)" <new folder>."""
out = args[0]
def sql(text): spark.sql(text)
def rows(path, *columns):
    table = spark.read.format('delta').load(path)
    return [json.loads(row) for row in table.orderBy('id').selectExpr(*columns).toJSON().collect()]
expected = {}

path = f'{out}/mapped-by-name-with-deletion-vectors'
sql(f"""CREATE TABLE delta.`{path}` (id BIGINT, name STRING, s STRUCT<a: INT, b: STRING>, p DATE) USING delta PARTITIONED BY (p)
  TBLPROPERTIES ('delta.enableDeletionVectors' = 'true', 'delta.columnMapping.mode' = 'name', 'delta.checkpointPolicy' = 'v2',
    'delta.checkpointInterval' = '4', 'delta.enableTypeWidening' = 'true', 'delta.enableInCommitTimestamps' = 'true')""")
for batch in range(2):
    spark.range(batch * 20, batch * 20 + 20).selectExpr(
        'id', "concat('n', id) name", "named_struct('a', cast(id as int), 'b', 'x') s", "date_add(date'2026-01-01', cast(id % 2 as int)) p"
    ).coalesce(1).write.format('delta').mode('append').save(path)
sql(f'DELETE FROM delta.`{path}` WHERE id % 7 = 0')
sql(f'ALTER TABLE delta.`{path}` RENAME COLUMN name TO title')
sql(f'ALTER TABLE delta.`{path}` RENAME COLUMN s.b TO c')
sql(f'ALTER TABLE delta.`{path}` ALTER COLUMN s.a TYPE BIGINT')
sql(f'ALTER TABLE delta.`{path}` ADD COLUMN later INT')
sql(f'UPDATE delta.`{path}` SET title = NULL, later = 5 WHERE id % 10 = 1')
expected['mapped-by-name-with-deletion-vectors'] = rows(path, 'id', 'title', 's.a as sa', 's.c as sc', 'cast(p as string) p', 'later')

path = f'{out}/mapped-by-id-with-parts'
spark.conf.set('spark.databricks.delta.checkpoint.partSize', '2')
sql(f"""CREATE TABLE delta.`{path}` (id BIGINT, v DOUBLE) USING delta
  TBLPROPERTIES ('delta.columnMapping.mode' = 'id', 'delta.minReaderVersion' = '2', 'delta.minWriterVersion' = '5', 'delta.checkpointInterval' = '3')""")
for batch in range(4):
    spark.range(batch * 3, batch * 3 + 3).selectExpr('id', 'id / 2 v').coalesce(1).write.format('delta').mode('append').save(path)
sql(f'ALTER TABLE delta.`{path}` RENAME COLUMN v TO half')
expected['mapped-by-id-with-parts'] = rows(path, 'id', 'half')
spark.conf.unset('spark.databricks.delta.checkpoint.partSize')

path = f'{out}/partition-values'
spark.range(3).selectExpr('id', "if(id = 0, null, concat('a b/c=%', id)) s", "id = 1 b", "cast(id as decimal(10, 2)) d",
    "date_add(date'2026-01-01', cast(id as int)) day", "timestamp'2026-01-01 00:00:00.123456' + make_interval(0, 0, 0, cast(id as int)) ts",
    "cast(id / 4 as double) x", "cast(id as byte) y"
).coalesce(1).write.format('delta').partitionBy('s', 'b', 'd', 'day', 'ts', 'x', 'y').save(path)
expected['partition-values'] = rows(path, 'id', 's', 'b', 'cast(d as string) d', 'cast(day as string) day', 'cast(ts as string) ts', 'x', 'cast(y as int) y')

with open(f'{out}/expected.json', 'w') as file:
    json.dump(expected, file, indent=1)
emit('done')
