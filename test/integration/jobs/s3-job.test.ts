import { describe, expect } from 'vitest';
import { runQuery } from '../../../src/lake/query/query.ts';
import { openObjectStore } from '../../../src/storage/open-object-store.ts';
import { collect } from '../../support/collect.ts';
import { runBronze } from '../../support/bronze-process.ts';
import { test } from '../../support/job-fixture.ts';
import { numbered } from '../../support/messages.ts';
import { expectOutputsOfRows, readings, readingsJob } from '../../support/readings-job.ts';
import { pythonWith, readers } from '../../support/python.ts';
import { deltaRsStorageOptions, useTestBucket } from '../../support/s3.ts';

const bucket = useTestBucket();

describe('a job on S3', () => {
  test('ingests, resets and is verified, and others read its table', async ({ kafka, createJob }) => {
    const topic = await kafka.createTopic({ partitions: 3 });
    await topic.send(...numbered(900, 3), { partition: 0, value: null }, { partition: 1, value: Buffer.from([0xff]) });
    const lake = bucket.newRoot();
    const job = await createJob({
      job: 'rideshare-high-volume',
      topics: [topic.name],
      lakeFolder: lake,
      document: { checkpointPath: `${lake}/checkpoints` },
      source: { maxOffsetsPerTrigger: 300 },
    });
    await job.start();
    await job.untilCaughtUp();
    await job.jobs.reset(job.name, { to: { [topic.name]: { 0: 150, 1: 'latest', 2: 290 } }, rows: 'discard' });
    await job.untilCaughtUp();
    const { lanes } = await job.jobs.stop(job.name);
    expect(lanes[0]?.table).toBe(job.tableOf(topic.name));
    await job.expectVerified(902);

    // Nothing but tables, the mirror of offsets, and lists of staged files that the maintenance takes away.
    const objects = (await collect(openObjectStore(lake).list(''))).map(({ path }) => path);
    const kinds = new Set(
      objects.map((path) =>
        path
          .split('/')
          .slice(0, 2)
          .join('/')
          .replace(/\/\d{4}-\d\d-\d\d$/, '/day'),
      ),
    );
    const [table, deadLetters] = [`bronze_${topic.name}`, `dlq_${topic.name}`];
    for (const kind of kinds) {
      expect([
        ...[table, deadLetters].flatMap((root) => [`${root}/_delta_log`, `${root}/_staged`, `${root}/day`]),
        `checkpoints/${topic.name}`,
      ]).toContain(kind);
    }
    expect(objects.filter((path) => path.includes('_probe'))).toEqual([]);

    const sql = `SELECT count(*)::INTEGER, count(DISTINCT (_kafka_partition, _kafka_offset))::INTEGER FROM "${table}"`;
    expect(await runQuery(sql, { lake }, async ({ blocks }) => (await collect(blocks)).flat())).toEqual([[900, 900]]);
    const python = await pythonWith([readers.deltalake, readers.pyarrow]);
    expect(
      await python.json(deltaRsScript, { root: job.tableOf(topic.name), options: deltaRsStorageOptions() }),
    ).toEqual([900, 900]);
  });

  test('makes outputs of every kind, and is seen from the command line', async ({ kafka, createJob }) => {
    const topic = await kafka.createTopic({ partitions: 2 });
    const lake = bucket.newRoot();
    const job = await createJob({ topics: [topic.name], document: readingsJob(lake) });
    await topic.send(...readings(400, 0, 2));
    await job.start();
    await job.untilCaughtUp();
    await topic.send(...readings(400, 400, 2));
    await job.untilCaughtUp();
    await job.jobs.stop(job.name);
    await expectOutputsOfRows(lake);
    await job.expectVerified(800);

    const query = await runBronze(['query', '--lake', lake, 'SELECT count(*) AS n FROM current', '--json']);
    expect(query).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\{"n":[1-6]\}\n$/) as string });
    const tail = await runBronze(['tail', `${lake}/running`, '-n', '1', '--json']);
    expect(tail.code).toBe(0);
    expect(tail.stdout).toContain('"readings":');
  });
});

/** Rows, and distinct coordinates. */
const deltaRsScript = `
from deltalake import DeltaTable
rows = DeltaTable(input["root"], storage_options=input["options"]).to_pyarrow_table().to_pylist()
emit([len(rows), len({(r["_kafka_partition"], r["_kafka_offset"]) for r in rows})])
`;
