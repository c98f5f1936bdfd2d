import { join } from 'node:path';
import { beforeAll, expect } from 'vitest';
import { duckType, quoteIdentifier, quoteLiteral } from '../../src/model/pipeline/sql-text.ts';
import { checkStats } from '../support/check-stats.ts';
import { test } from '../support/job-fixture.ts';
import { numbered } from '../support/messages.ts';
import { withPlainDuckDB } from '../support/plain-duckdb.ts';
import { readPlainLog, type PlainTable } from '../support/plain-log.ts';
import { pythonWith, readers, type Python } from '../support/python.ts';
import { sendSamples } from '../support/sample-set.ts';

let python: Python;

beforeAll(async () => {
  python = await pythonWith([readers.deltalake, readers.pyarrow]);
});

test('a raw table reads the same with delta-rs and with DuckDB, and its statistics are true', async ({
  kafka,
  createJob,
  lakeFolder,
}) => {
  const topic = await kafka.createTopic({ partitions: 3, config: { 'message.timestamp.after.max.ms': anyTime } });
  await topic.send(...numbered(900, 3), ...hardValues);
  const job = await createJob({
    job: 'rideshare-high-volume',
    topics: [topic.name],
    source: { maxOffsetsPerTrigger: 300 },
  });
  await job.start();
  await job.untilCaughtUp();
  // Files that were taken out and files that were rewritten are part of what readers must cope with.
  await job.jobs.reset(job.name, { to: { [topic.name]: { 0: 150, 1: 'latest', 2: 290 } }, rows: 'discard' });
  await job.untilCaughtUp();
  await job.jobs.stop(job.name);
  await job.expectVerified(900 + hardValues.length);

  const table = await readPlainLog(job.tableOf(topic.name));
  expect(table.removedFiles).toBeGreaterThan(0);
  await expectSameRows(table, job.tableOf(topic.name), lakeFolder, 900 + hardValues.length - 2);
  await withPlainDuckDB(async (connection) => {
    const { problems, checkedBounds } = await checkStats(connection, table);
    expect(problems).toEqual([]);
    expect(checkedBounds).toBe(table.files.length * 10);
    // The check itself notices one record and one letter.
    const wrong = table.files.map((file) => ({
      ...file,
      stats: file.stats.replace('"numRecords":', '"numRecords":1').replace(/("minValues":\{"_raw_value":")/, '$1~'),
    }));
    const noticed = (await checkStats(connection, { ...table, files: wrong })).problems;
    expect(noticed).toHaveLength(2 * wrong.length);
  });
  await expectTrueSkipping(job.tableOf(topic.name), [
    '_raw_value',
    '_kafka_partition',
    '_kafka_offset',
    '_kafka_timestamp',
    '_ingested_at',
    '_ingestion_date',
  ]);

  const deadLetters = job.deadLettersOf(topic.name);
  const letters = await readPlainLog(deadLetters);
  await expectSameRows(letters, deadLetters, lakeFolder, 2);
  await withPlainDuckDB(async (connection) => expect((await checkStats(connection, letters)).problems).toEqual([]));
});

test('a parsed table, nested and partitioned by date and hour, reads the same with both, and its statistics are true', async ({
  kafka,
  createJob,
  lakeFolder,
}) => {
  const { topics } = await sendSamples(kafka, { job: 'api-usage-events', records: 4000 });
  const [api] = topics;
  const table = { path: `${lakeFolder}/api_usage_events` };
  const job = await createJob({
    job: 'api-usage-events',
    topics: [api!.name],
    document: { table },
    source: { maxOffsetsPerTrigger: 1500 },
  });
  await job.start();
  await job.untilCaughtUp();
  const { lanes } = await job.jobs.stop(job.name);
  const { rows, deadLetters } = lanes[0]!.totals;
  await job.expectVerified(4000);

  const log = await readPlainLog(table.path);
  await expectSameRows(log, table.path, lakeFolder, rows);
  await expectSameRows(
    await readPlainLog(job.deadLettersOf(api!.name)),
    job.deadLettersOf(api!.name),
    lakeFolder,
    deadLetters,
  );
  await withPlainDuckDB(async (connection) => {
    const { problems, checkedBounds } = await checkStats(connection, log);
    expect(problems).toEqual([]);
    expect(checkedBounds).toBeGreaterThan(log.files.length * 40);
    const misplaced = await connection.runAndReadAll(
      `SELECT event_timestamp, _event_date, _event_hour FROM (${tableSql(log)}) WHERE
        strftime(CAST(event_timestamp AS TIMESTAMPTZ), '%Y-%m-%d %-H') IS DISTINCT FROM _event_date || ' ' || _event_hour`,
    );
    expect(misplaced.getRowObjectsJson()).toEqual([]);
  });
  await expectTrueSkipping(table.path, [
    'event_id',
    'event_timestamp',
    'tenant_id',
    '_kafka_partition',
    '_kafka_offset',
    '_kafka_timestamp',
    '_row_hash',
    '_event_date',
    '_event_hour',
    "response['latency_ms']",
    "rate_limiting['remaining']",
  ]);
});

/** Kafka refuses times that are far in the future, unless told not to. */
const anyTime = '9223372036854775807';

/** Text around the length at which bounds are cut, in every plane of Unicode, and the two values that a raw table cannot hold. */
const hardValues = [
  { partition: 0, value: '' },
  { partition: 0, value: 'z'.repeat(100) },
  { partition: 1, value: `${'a'.repeat(31)}😀${'b'.repeat(10)}` },
  { partition: 1, value: '\u{1F600}'.repeat(40) },
  { partition: 2, value: `${'é'.repeat(32)}\u007f` },
  { partition: 2, value: `\u{10FFFF}${'y'.repeat(40)}`, timestamp: '1' },
  { partition: 2, value: 'a\0b', timestamp: '253402300799999' },
  { partition: 0, value: null },
  { partition: 1, value: Buffer.from([0xc3, 0x28]) },
];

/** The rows of a table as a plain DuckDB sees them: the files of the log, each with its partition values. */
function tableSql(table: PlainTable): string {
  const columns = table.fields.map(({ name }) => quoteIdentifier(name)).join(', ');
  const typeOf = new Map(table.fields.map(({ name, type }) => [name, duckType(type)]));
  const files = table.files.map(({ path, partitionValues }) => {
    const values = Object.entries(partitionValues).map(([name, value]) => {
      const text = value === null ? 'NULL' : quoteLiteral(value);
      return `, CAST(${text} AS ${typeOf.get(name) ?? 'VARCHAR'}) AS ${quoteIdentifier(name)}`;
    });
    return `SELECT *${values.join('')} FROM read_parquet(${quoteLiteral(path)}, hive_partitioning = false)`;
  });
  return `SELECT ${columns} FROM (${files.join(' UNION ALL BY NAME ')})`;
}

async function expectSameRows(table: PlainTable, root: string, folder: string, rows: number): Promise<void> {
  const copy = join(folder, `${crypto.randomUUID()}.parquet`);
  const seen = await python.json(
    `
import json, pyarrow.parquet
from deltalake import DeltaTable
table = DeltaTable(input['root'])
rows = table.to_pyarrow_table()
pyarrow.parquet.write_table(rows, input['copy'])
actions = table.get_add_actions(flatten=True)
emit({
  'rows': rows.num_rows,
  'schema': json.loads(table.schema().to_json()),
  'partitionColumns': table.metadata().partition_columns,
  'records': sum(actions['num_records'].to_pylist()),
  'files': sorted(table.file_uris()),
})`,
    { root, copy },
  );
  expect(seen).toEqual({
    rows,
    records: rows,
    schema: JSON.parse(table.schemaString) as unknown,
    partitionColumns: table.partitionColumns,
    files: table.files.map(({ path }) => path).toSorted(),
  });
  await withPlainDuckDB(async (connection) => {
    const [ours, theirs] = [tableSql(table), `SELECT * FROM read_parquet(${quoteLiteral(copy)})`];
    const read = async (sql: string): Promise<unknown> => (await connection.runAndReadAll(sql)).getRowObjectsJson();
    const types = (sql: string): string => `SELECT column_name, column_type FROM (DESCRIBE ${sql})`;
    expect(await read(types(ours))).toEqual(await read(types(theirs)));
    expect(await read(`(${ours}) EXCEPT ALL (${theirs})`)).toEqual([]);
    expect(await read(`(${theirs}) EXCEPT ALL (${ours})`)).toEqual([]);
  });
}

/** Queries that leave out files by their statistics must find what a scan of every file finds. */
async function expectTrueSkipping(root: string, columns: readonly string[]): Promise<void> {
  const seen = await python.json(
    `
import pyarrow, pyarrow.dataset, pyarrow.compute as pc
from deltalake import DeltaTable, QueryBuilder
table = DeltaTable(input['root'])
everything = table.to_pyarrow_table()
dataset = table.to_pyarrow_dataset()
fragments = list(dataset.get_fragments())
wrong, skipped, asked = [], 0, 0
def literal(value):
    if isinstance(value, (int, float)): return repr(value)
    text = str(value).replace("'", "''")
    if hasattr(value, 'hour'): return f"arrow_cast('{text}', 'Timestamp(Microsecond, Some(\\"UTC\\"))')"
    if hasattr(value, 'year'): return f"date '{text}'"
    return f"'{text}'"
for column in input['columns']:
    name, _, field = column.partition("['")
    path = [name] if not field else [name, field[:-2]]
    values = everything[name] if not field else pc.struct_field(everything[name].combine_chunks(), path[1])
    known = sorted({v for v in values.to_pylist() if v is not None})
    # The ends of each file are where a wrong bound shows: the extremes and some values between them.
    some = sorted({known[0], known[-1], *known[::max(1, len(known) // 6)]})
    for value in some:
        scalar = pyarrow.scalar(value, values.type)
        for sign, matches in (('<=', pc.less_equal), ('>=', pc.greater_equal), ('=', pc.equal)):
            expected = pc.sum(matches(values, scalar)).as_py() or 0
            asked += 1
            rows = QueryBuilder().register('t', table).execute(
                f'select count(*) as n from t where {column} {sign} {literal(value)}').read_all()
            if rows['n'].to_pylist() != [expected]: wrong.append(['sql', column, sign, str(value), expected, str(rows['n'].to_pylist())])
            if field: continue
            condition = {'<=': pc.field(name) <= scalar, '>=': pc.field(name) >= scalar, '=': pc.field(name) == scalar}[sign]
            left = list(dataset.get_fragments(filter=condition))
            skipped += len(fragments) - len(left)
            found = dataset.to_table(filter=condition).num_rows
            if found != expected: wrong.append(['dataset', column, sign, str(value), expected, found])
emit({'wrong': wrong, 'skipped': skipped > 0, 'asked': asked >= 3 * len(input['columns']), 'files': len(fragments) > 1})`,
    { root, columns },
  );
  expect(seen).toEqual({ wrong: [], skipped: true, asked: true, files: true });
}
