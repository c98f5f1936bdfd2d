import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runBronze } from '../../support/bronze-process.ts';
import { TestKafka, type TestTopic } from '../../support/kafka.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

let kafka: TestKafka;
let topic: TestTopic;

beforeAll(async () => {
  kafka = await TestKafka.open();
  topic = await kafka.createTopic({ partitions: 2 });
  const orders = Array.from({ length: 30 }, (_, id) => ({ value: `{"id":${id},"note":"Zoë"}`, partition: id % 2 }));
  await topic.send(...orders);
  await topic.send(
    { value: 'broken', partition: 0 },
    { value: '{"id":"x"}', partition: 0 },
    { value: null, partition: 1 },
  );
  await topic.send({ value: '{"id":9007199254740993}', partition: 1 }, { value: 'broken too', partition: 1 });
});

afterAll(async () => {
  await kafka.close();
});

interface DryRun extends Awaited<ReturnType<typeof runBronze>> {
  /** What is in the folder for temporary files, and in the lake's, after the run. */
  readonly left: readonly string[];
}

const orders = (): string => `source: { topics: ${topic.name} }
steps:
  parse: { schema: { id: bigint not null, note: string } }
  malformed: { tombstones: drop }
  metadata: { _partition: partition, _offset: offset }
`;

function dryRun(...args: readonly string[]): Promise<DryRun> {
  return dryRunOf(orders(), ...args);
}

async function dryRunOf(yaml: string, ...args: readonly string[]): Promise<DryRun> {
  const folder = await scratchFolder();
  const job = path.join(folder, 'orders.yaml');
  await writeFile(job, yaml);
  const [temporary, lake] = [path.join(folder, 'tmp'), path.join(folder, 'lake')];
  await Promise.all([mkdir(temporary), mkdir(lake)]);
  const result = await runBronze(['dry-run', job, ...args], {
    KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrapServers.join(','),
    TMPDIR: temporary,
    LAKE_PATH: lake,
    // Node's own, in the folder for temporary files.
    NODE_DISABLE_COMPILE_CACHE: '1',
  });
  return { ...result, left: [...(await readdir(temporary)), ...(await readdir(lake))] };
}

test('dry-run tells what all records would become, and leaves nothing', async () => {
  const run = await dryRun('--json');
  expect(run).toMatchObject({ code: 0, stderr: '', left: [] });
  expect(JSON.parse(run.stdout)).toMatchObject([
    {
      topic: topic.name,
      offsets: 35,
      rows: 31,
      deadLetters: 3,
      drops: { tombstone: 1 },
      reasons: [
        { step: 'parse', code: 'INVALID_JSON', records: 2, newest: { partition: 1, offset: 17 } },
        { step: 'parse', code: 'CAST_FAILED', records: 1, newest: { partition: 0, offset: 16 } },
      ],
      columns: [
        { name: 'id', type: 'bigint' },
        { name: 'note', type: 'string' },
        { name: '_partition', type: 'int' },
        { name: '_offset', type: 'bigint' },
      ],
    },
  ]);
  expect(run.stdout).toContain('"id": 9007199254740993');
});

test('dry-run takes the newest records of each topic partition, and shows some rows', async () => {
  const run = await dryRun('--records', '6', '--sample', '2');
  expect(run).toMatchObject({ code: 0, stderr: '', left: [] });
  const lines = run.stdout.split('\n');
  expect(lines[0]).toMatch(new RegExp(`^${topic.name}  .*, nothing was committed$`));
  expect(lines.slice(1)).toEqual([
    '  offsets      6: 0[14, 17) 1[15, 18)',
    expect.stringMatching(/^ {2}rows {9}2 \(\d+ B read, [\d.]+ k?B written\)$/),
    '  dead letters 3',
    '               2 INVALID_JSON (parse), as at 1/17: the value is not valid JSON',
    '               1 CAST_FAILED (parse), as at 0/16: cannot read field id as long',
    '  dropped      1 tombstone',
    '',
    '              id  note  _partition  _offset',
    '9007199254740993                 1       16',
    '              28  Zoë            0       14',
    '',
  ]);
});

test('dry-run of a topic that is none of the job, or is not there, says so', async () => {
  expect(await dryRun('--topic', 'other')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: `error [USAGE] other is no topic of the job orders; it has ${topic.name}\n`,
  });
  const absent = await dryRun('--kafka-topic', 'no-such-topic');
  expect(absent).toMatchObject({ code: 2, left: [] });
  expect(absent.stderr).toMatch(/^error \[TOPIC_NOT_FOUND\].*no-such-topic/);
});

test('dry-run of an empty topic shows that there is nothing', async () => {
  const empty = await kafka.createTopic();
  const run = await dryRun('--kafka-topic', empty.name);
  expect(run).toMatchObject({ code: 0, stderr: '', left: [] });
  expect(run.stdout.split('\n').slice(1)).toEqual([
    '  offsets      0: the topic is empty',
    '  rows         0 (0 B read, 0 B written)',
    '  dead letters 0',
    '',
  ]);
});

test('dry-run shows what outputs would hold, and tells all of it as JSON', async () => {
  const readings = await kafka.createTopic();
  const reading = (id: number, second: number): { value: string } => {
    return { value: JSON.stringify({ id, ts: `2026-01-27T10:00:${String(second).padStart(2, '0')}Z` }) };
  };
  await readings.send(reading(1, 1), reading(1, 2), reading(2, 25), reading(1, 3), reading(2, 26));
  const job = `source: { topics: ${readings.name} }
steps:
  parse: { schema: { id: bigint not null, ts: timestamp } }
outputs:
  counts: { window: { tumbling: 10 seconds }, eventTime: ts, watermark: 10 seconds, groupBy: [id], aggregates: { n: count(*) } }
`;
  const shown = await dryRunOf(job, '--sample', '2');
  expect(shown).toMatchObject({ code: 0, stderr: '', left: [] });
  const lines = shown.stdout.split('\n');
  expect(lines.slice(lines.indexOf('output counts, after these records alone'))).toEqual([
    'output counts, after these records alone',
    '  rows         2, 1 of them final',
    "  taken        4 rows of the job's table",
    '  watermark    2026-01-27T10:00:16.000Z',
    '  late         1 for all their windows',
    '',
    'window  window_start              window_end                id  n',
    'open    2026-01-27T10:00:20.000Z  2026-01-27T10:00:30.000Z   2  2',
    'final   2026-01-27T10:00:00.000Z  2026-01-27T10:00:10.000Z   1  2',
    '',
  ]);
  const told = await dryRunOf(job, '--sample', '1', '--json');
  expect(told).toMatchObject({ code: 0, stderr: '', left: [] });
  const window = (second: string, end: string) => ({
    window_start: `2026-01-27T10:00:${second}.000Z`,
    window_end: `2026-01-27T10:00:${end}.000Z`,
  });
  expect(JSON.parse(told.stdout)).toMatchObject([
    {
      outputs: [
        {
          name: 'counts',
          counts: { taken: 4, late: 1, nullEventTime: 0 },
          closedThrough: '2026-01-27T10:00:16.000Z',
          columns: [
            { name: 'window_start', type: 'timestamp' },
            { name: 'window_end', type: 'timestamp' },
            { name: 'id', type: 'bigint' },
            { name: 'n', type: 'bigint' },
          ],
          rows: [
            { isFinal: false, row: { ...window('20', '30'), id: 2, n: 2 } },
            { isFinal: true, row: { ...window('00', '10'), id: 1, n: 2 } },
          ],
        },
      ],
    },
  ]);
});
