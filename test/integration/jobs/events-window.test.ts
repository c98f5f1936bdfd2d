import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { loadJob } from '../../../src/spec/load-job.ts';
import { packagedJobsFolder } from '../../../src/worker-settings.ts';
import { runBronze } from '../../support/bronze-process.ts';
import { test } from '../../support/job-fixture.ts';
import { pythonWith, readers } from '../../support/python.ts';
import { expectedOutcome, readingFates } from '../../support/sample-fates.ts';
import { sendSamples } from '../../support/sample-set.ts';

/** Readers that know nothing of Delta, given the table's folder; one line of text for each row. */
const readFolder = `
import duckdb, pandas as pd
def lines(rows):
    return sorted(f'{id} {at} {value!r} {partition} {offset}' for id, at, value, partition, offset in rows)
frame = pd.read_parquet(input)
frame['at'] = [int(ts.timestamp() * 1000) for ts in frame['ts']]
columns = ['id', 'at', 'value', '_kafka_partition', '_kafka_offset']
glob = duckdb.sql(f"SELECT id, epoch_ms(ts), value, _kafka_partition, _kafka_offset FROM read_parquet('{input}/*/*.parquet', hive_partitioning = true)")
emit({
  'pandas': lines(frame[columns].itertuples(index=False)),
  'duckdb': lines(glob.fetchall()),
  'csv': sorted(frame[columns].drop(columns='at').to_csv(index=False, float_format='%.2f').splitlines()[1:]),
})
`;

const asLines = `SELECT id || ' ' || epoch_ms(ts) || ' ' || CAST(value AS VARCHAR) || ' ' || _kafka_partition || ' ' || _kafka_offset AS line
  FROM events ORDER BY line`;

test('readings are in folders of their sensors, which readers that know nothing of Delta read as well', async ({
  kafka,
  createJob,
  lakeFolder,
}) => {
  const { topics } = await sendSamples(kafka, { job: 'events-window', records: 3000 });
  const [events] = topics;
  const document = {
    table: { path: `${lakeFolder}/events` },
    deadLetter: { path: `${lakeFolder}/events_dlq` },
    outputs: { avg_10s: { path: `${lakeFolder}/avg_10s` } },
  };
  const job = await createJob({ job: 'events-window', topics: [events!.name], document });
  await job.start();
  await job.untilCaughtUp();
  const { lanes } = await job.jobs.stop(job.name);

  const expected = expectedOutcome(readingFates, events!);
  const deadLetters = Object.values(expected.deadLettersByCode).reduce((sum, count) => sum + count, 0);
  expect(deadLetters).toBeGreaterThan(0);
  expect(expected.drops['failedRule']).toBeGreaterThan(0);
  expect(lanes[0]?.totals).toMatchObject({ rows: expected.rows, deadLetters, drops: expected.drops });
  await job.expectVerified(3000);

  const root = join(lakeFolder, 'events');
  const folders = (await readdir(root)).filter((name) => !name.startsWith('_'));
  expect(folders.sort()).toEqual(Array.from({ length: 10 }, (_, id) => `id=${id}`));
  const python = await pythonWith([readers.pyarrow, readers.pandas, readers.duckdb]);
  const read = (await python.json(readFolder, root)) as Record<'pandas' | 'duckdb' | 'csv', string[]>;
  const table = await runBronze(['query', asLines, '--json', '--lake', lakeFolder]);
  const rows = table.stdout.split('\n').slice(0, -1);
  expect(rows).toHaveLength(expected.rows);
  const lines = rows.map((row) => (JSON.parse(row) as { line: string }).line).toSorted();
  expect(read.pandas).toEqual(lines);
  expect(read.duckdb).toEqual(lines);
  const averages = await runBronze(['query', expectedAverages, '--json', '--lake', lakeFolder]);
  const { windows, same, readings } = JSON.parse(averages.stdout) as Record<string, number>;
  expect(windows).toBeGreaterThan(600);
  expect(same).toBe(windows);
  expect(readings).toBeLessThan(expected.rows);
  expect(lanes[0]?.lastBatch?.outputs).toMatchObject([{ name: 'avg_10s' }]);

  const csv = await runBronze([
    'query',
    'SELECT id, CAST(value AS DECIMAL(9,2)) AS value, _kafka_partition, _kafka_offset FROM events',
    '--csv',
    '--lake',
    lakeFolder,
  ]);
  expect(csv.stdout.split('\n').slice(1, -1).toSorted()).toEqual(read.csv);
});

/** The averages of readings that are not late: by the newest reading before each in its topic partition. */
const expectedAverages = `
  WITH timed AS (
    SELECT *, time_bucket(INTERVAL '10 seconds', ts) AS start, max(ts) OVER (PARTITION BY _kafka_partition
      ORDER BY _kafka_offset ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) - INTERVAL '30 seconds' AS watermark
    FROM events)
  SELECT count(*) AS windows, count(*) FILTER (abs(a.avg_value - e.avg_value) < 1e-9) AS same, sum(e.readings) AS readings
  FROM avg_10s a FULL JOIN (
    SELECT start, id, avg(value) AS avg_value, count(*) AS readings FROM timed
    WHERE watermark IS NULL OR start + INTERVAL '10 seconds' > watermark GROUP BY ALL
  ) e ON a.window_start = e.start AND a.window_end = e.start + INTERVAL '10 seconds' AND a.id = e.id`;

test('each run has a folder of its own', () => {
  const pathsOf = (env: Record<string, string>): readonly string[] => {
    const {
      table,
      deadLetter,
      outputs = [],
    } = loadJob({ job: 'events-window' }, { jobsFolder: packagedJobsFolder, env });
    return [table.path, deadLetter.path, ...outputs.map(({ path }) => path)];
  };
  expect(pathsOf({ OUTPUT_PATH: '/data/output/parquet', RUN_ID: '7f3a' })).toEqual([
    '/data/output/parquet/run_7f3a',
    '/data/output/parquet/run_7f3a_dlq',
    '/data/output/parquet/run_7f3a_avg_10s',
  ]);
  const [usual = ''] = pathsOf({});
  expect(dirname(usual)).toBe(join(process.cwd(), 'data/lake/parquet'));
});
