import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openObjectStore } from '../../../src/storage/open-object-store.ts';
import { ageLog } from '../../support/age-log.ts';
import { runBronze, runBronzeIntoHead } from '../../support/bronze-process.ts';
import { HandMadeTable } from '../../support/hand-made-table.ts';
import { TestKafka } from '../../support/kafka.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import { makeSmallLake } from '../../support/small-lake.ts';

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

test('query prints a table for people, and newline-delimited JSON or CSV for programs', async () => {
  const lake = await makeSmallLake(await scratchFolder());
  const sql = 'SELECT trip_id, fare, place FROM bronze_trips WHERE _kafka_offset = 0 ORDER BY 1';
  const table = await runBronze(['query', sql, '--lake', lake]);
  expect(table).toMatchObject({ code: 0, stderr: '(2 rows)\n' });
  expect(table.stdout).toBe(
    [
      '         trip_id  fare  place',
      '9007199254740992  0.00  {"city":"Zürich","zone":0}',
      '9007199254740993  0.25  {"city":null,"zone":1}',
      '',
    ].join('\n'),
  );
  const json = await runBronze(['query', sql, '--json'], { LAKE_PATH: lake });
  expect(json).toMatchObject({ code: 0, stderr: '' });
  expect(lines(json.stdout)[1]).toBe('{"trip_id":9007199254740993,"fare":"0.25","place":{"city":null,"zone":1}}');
  const csv = await runBronze(['query', sql, '--csv', '--limit', '1'], { DELTA_LAKE_PATH: lake });
  expect(lines(csv.stdout)).toEqual(['trip_id,fare,place', '9007199254740992,0.00,"{""city"":""Zürich"",""zone"":0}"']);
});

test('query reads older versions, cuts long results and ends quietly when nobody reads on', async () => {
  const lake = await makeSmallLake(await scratchFolder());
  const old = await runBronze(['query', 'SELECT count(*) n FROM bronze_trips', '--at', '1', '--json', '--lake', lake]);
  expect(old.stdout).toBe('{"n":10}\n');
  const cut = await runBronze(['query', 'FROM range(500)', '--lake', lake]);
  expect(lines(cut.stdout)).toHaveLength(101);
  expect(cut.stderr).toMatch(/first 100 rows; --limit shows more/);
  const head = await runBronzeIntoHead(['query', 'FROM range(1000000)', '--json'], 2);
  expect(head).toEqual({ code: 0, stdout: '{"range":0}\n{"range":1}\n', stderr: '' });
});

test('query --csv streams a result that is larger than the memory it gets', async () => {
  const heap = { NODE_OPTIONS: '--max-old-space-size=64' };
  const sql = `SELECT i, repeat('x', 2000) AS text, NULL AS nothing, '' AS empty FROM range(60000) t(i)`;
  const { code, stdout, stderr } = await runBronze(['query', sql, '--csv'], heap);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.slice(0, 22)).toBe('i,text,nothing,empty\n0');
  expect(stdout.slice(-12)).toBe(`xxxxxxx,,""\n`);
  expect(stdout.length).toBeGreaterThan(120e6);
});

test('table checkpoint and table cleanup say what they did, or would do', async () => {
  const lake = await makeSmallLake(await scratchFolder());
  const table = ['bronze_trips', '--lake', lake];
  const written = await runBronze(['table', 'checkpoint', ...table, '--json']);
  expect(JSON.parse(written.stdout)).toMatchObject({ version: 2, files: 2 });
  expect((await runBronze(['table', 'checkpoint', ...table])).stdout).toContain('nothing to do');

  await ageLog(openObjectStore(join(lake, 'bronze_trips')), new Date(Date.now() - 90 * 86_400_000));
  const planned = await runBronze(['table', 'cleanup', ...table, '--dry-run']);
  expect(planned.stdout).toMatch(
    /^would delete 2 files of the log \(.*\), older than 30 days; it would begin with version 2/,
  );
  const cleaned = await runBronze(['table', 'cleanup', ...table, '--json']);
  expect(JSON.parse(cleaned.stdout)).toMatchObject({ log: { kind: 'cleaned', deletedFiles: 2, firstVersion: 2 } });
  expect((await runBronze(['table', 'history', ...table])).stdout.trim().split('\n')).toHaveLength(2);
});

test('tail, table and dlq show what the tables hold', async () => {
  const lake = await makeSmallLake(await scratchFolder());
  const tail = await runBronze(['tail', 'bronze_trips', '-n', '2', '--json', '--lake', lake]);
  expect(lines(tail.stdout).map((line) => (JSON.parse(line) as { _kafka_offset: number })._kafka_offset)).toEqual([
    9, 9,
  ]);

  const described = await runBronze(['table', 'describe', 'bronze_trips', '--json', '--lake', lake]);
  expect(JSON.parse(described.stdout)).toMatchObject({
    version: 2,
    files: 2,
    rows: 20,
    partitionColumns: ['_date'],
    partitionValues: 2,
  });
  expect((await runBronze(['table', 'describe', 'bronze_trips', '--lake', lake])).stdout).toMatch(
    / {2}city +string\n {2}zone +int\n/,
  );

  const history = await runBronze(['table', 'history', 'bronze_trips', '--limit', '2', '--lake', lake]);
  expect(lines(history.stdout).map((line) => line.trim().split(/\s/)[0])).toEqual(['version', '2', '1']);

  const listed = await runBronze(['dlq', 'list', '--lake', lake]);
  expect(lines(listed.stdout)).toHaveLength(4);
  const shown = await runBronze(['dlq', 'show', 'trips', '--lake', lake]);
  expect(shown.stdout).toMatch(/trips\/0 offset 102 {2}INVALID_UTF8 {2}message 2\n[^]*value {5}0xff00\n/);
  expect(shown.stdout).toMatch(/value {5}\{"broken"\n/);
});

test('errors have a code, no stack unless asked for, and the documented exit code', async () => {
  const lake = await makeSmallLake(await scratchFolder());
  const unknown = await runBronze(['frobnicate']);
  expect(unknown).toMatchObject({ code: 2, stdout: '' });
  expect(unknown.stderr).toMatch(/^error \[USAGE\] unknown command 'frobnicate'/);
  expect((await runBronze(['query'])).code).toBe(2);
  const absent = await runBronze(['tail', 'absent', '--lake', lake]);
  expect(absent).toMatchObject({ code: 2, stdout: '' });
  expect(absent.stderr).toBe(
    `error [TABLE_NOT_FOUND] no table absent (the lake ${lake} holds bronze_trips, dlq_trips)\n`,
  );
  const misspelt = await runBronze(['query', 'from bronze_trip', '--lake', lake]);
  expect(misspelt).toMatchObject({ code: 2, stdout: '' });
  expect(misspelt.stderr).toContain('there is no table bronze_trip; did you mean bronze_trips?');
  expect((await runBronze(['tail', 'absent', '--lake', lake, '--debug'])).stderr).toMatch(/\n {4}at /);
  expect((await runBronze(['verify', 'no-such-job'])).code).toBe(2);
});

test('help answers at once, on stdout', async () => {
  const help = await runBronze(['--help']);
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help.stdout).toMatch(/Usage: bronze/);
  const nested = await runBronze(['help', 'verify']);
  expect(nested.stdout).toMatch(/Usage: bronze verify/);
});

test('verify exits with 0 when all is there and with 3 when it is not, and with 4 when Kafka does not answer', async () => {
  const kafka = await TestKafka.open();
  try {
    const topic = await kafka.createTopic();
    await topic.send(...Array.from({ length: 5 }, (_, n) => ({ value: `{"n":${n}}` })));
    const { topicId } = (await kafka.reader.describeTopics([topic.name])).get(topic.name)!;
    const folder = await scratchFolder();
    const { bootstrapServers } = kafka;
    const table = new HandMadeTable(kafka.reader, { topic: topic.name, topicId, folder, bootstrapServers });
    await writeFile(join(folder, 'hand-made.yaml'), jobYaml(topic.name, folder));
    await table.open([[0, 0n]]);
    await table.ingest([[0, 0n, 3n]]);
    const args = ['verify', 'hand-made', '--jobs-folder', folder];

    const same = await runBronze(args);
    expect(same, same.stderr).toMatchObject({ code: 0 });
    expect(same.stdout).toMatch(/\[0, 3\) +3 +3 +0 +0 {2}same\n\nsame: compared 3 records/);

    await table.ingest([[0, 3n, 5n]], (batch) => batch.rows.pop());
    const different = await runBronze(args);
    expect(different.code).toBe(3);
    expect(different.stdout).toMatch(/missing .*\/0 offset 4: expected a row or a dead letter; found neither/);
    const json = await runBronze([...args, '--json']);
    expect(json.code).toBe(3);
    expect(JSON.parse(json.stdout)).toMatchObject({ same: false, differenceCount: 2 });

    const unreachable = await runBronze([...args, '--kafka-brokers', '127.0.0.1:1']);
    expect(unreachable.code).toBe(4);
    expect(unreachable.stderr).toMatch(/^error \[KAFKA_UNAVAILABLE\]/);
  } finally {
    await kafka.close();
  }
});

function jobYaml(topic: string, folder: string): string {
  return `
name: hand-made
source:
  bootstrapServers: \${KAFKA_BOOTSTRAP_SERVERS}
  topics: [${topic}]
  startingOffsets: earliest
trigger: availableNow
steps:
  parse:
    format: raw
  metadata:
    raw: value
    k: keyBytes
    kafka_part: partition
    kafka_off: offset
table:
  path: ${folder}/rows
deadLetter:
  path: ${folder}/dead-letters
`;
}
