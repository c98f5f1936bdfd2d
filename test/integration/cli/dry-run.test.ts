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

async function dryRun(...args: readonly string[]): Promise<DryRun> {
  const folder = await scratchFolder();
  const job = path.join(folder, 'orders.yaml');
  await writeFile(
    job,
    `source: { topics: ${topic.name} }
steps:
  parse: { schema: { id: bigint not null, note: string } }
  malformed: { tombstones: drop }
  metadata: { _partition: partition, _offset: offset }
`,
  );
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
