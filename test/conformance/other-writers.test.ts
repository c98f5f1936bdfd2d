import { beforeAll, describe, expect } from 'vitest';
import { openTable } from '../../src/lake/table/open-table.ts';
import { test } from '../support/job-fixture.ts';
import { numbered } from '../support/messages.ts';
import { rowsOf, sendWhile } from '../support/other-writer.ts';
import { pythonWith, readers, type Python } from '../support/python.ts';
import { deltaRsStorageOptions, useTestBucket } from '../support/s3.ts';

const bucket = useTestBucket();
let python: Python;

beforeAll(async () => {
  python = await pythonWith([readers.deltalake, readers.pyarrow]);
});

const storageOptions = (root: string): Readonly<Record<string, string>> =>
  root.startsWith('s3://') ? deltaRsStorageOptions() : {};

describe('delta-rs changes the table while a job runs', () => {
  test.for(['a folder', 'S3'])('and nobody loses a row: in %s', async (place, { kafka, createJob, lakeFolder }) => {
    const topic = await kafka.createTopic({ partitions: 2 });
    const lake = place === 'S3' ? bucket.newRoot() : lakeFolder;
    const job = await createJob({ topics: [topic.name], lakeFolder: lake, source: { maxOffsetsPerTrigger: 100 } });
    await topic.send(...numbered(20, 2));
    await job.start();
    await job.untilCaughtUp();

    const root = job.tableOf(topic.name);
    const other = python.json(changeOften, { root, options: storageOptions(root), rounds: 5 });
    const sent = await sendWhile(topic, 2, other, 200);
    const done = (await other) as { readonly rows: number; readonly compactions: number };
    await job.untilCaughtUp();
    await job.jobs.stop(job.name);

    expect(done.compactions).toBeGreaterThan(0);
    // Their rows come from no topic, which is all that there is to be said.
    const { differences, comparedRecords } = await job.verify();
    expect(differences).toMatchObject([{ kind: 'outsideRanges', found: `${String(done.rows)} rows` }]);
    expect(comparedRecords).toBe(20 + sent);
    expect(
      await rowsOf(root, `SELECT count(*)::INTEGER, count(DISTINCT note)::INTEGER FROM t WHERE note IS NOT NULL`),
    ).toEqual([[done.rows, done.rows]]);
    expect(await rowsOf(root, 'SELECT count(*)::INTEGER FROM t')).toEqual([[20 + sent + done.rows]]);
    const { state } = await openTable({ name: 'table', root });
    expect(state.schema.fields.map(({ name }) => name)).toContain('extra_4');
  });

  test('a constraint, which we cannot check, stops the job, and it goes on when that is dropped', async ({
    kafka,
    createJob,
  }) => {
    const topic = await kafka.createTopic();
    await topic.send(...numbered(10, 1));
    const job = await createJob({ topics: [topic.name] });
    await job.start();
    await job.untilCaughtUp();
    const root = job.tableOf(topic.name);
    await python.json(
      `
from deltalake import DeltaTable
DeltaTable(input).alter.add_constraint({'later': '_kafka_offset >= 0'})
emit(None)`,
      root,
    );
    await topic.send(...numbered(10, 1, 10));
    await expect(job.jobs.result(job.name)).rejects.toMatchObject({
      code: 'TABLE_FEATURE_UNSUPPORTED',
      message: expect.stringContaining('checkConstraints') as string,
    });

    await python.json(
      `
from deltalake import DeltaTable
DeltaTable(input).alter.drop_constraint('later')
emit(None)`,
      root,
    );
    await job.start();
    await job.untilCaughtUp();
    await job.jobs.stop(job.name);
    await job.expectVerified(20);
  });
});

/** Appends, adds a column, compacts, checkpoints and vacuums, round for round; what loses to another commit is tried again. */
const changeOften = `
import datetime, time
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from deltalake.schema import Field, PrimitiveType
root, options = input['root'], input['options']
compactions = 0
def table():
    return DeltaTable(root, storage_options=options)
def insist(change):
    for attempt in range(60):
        try:
            return change()
        except Exception as error:
            if 'ommit' not in str(error) and 'onflict' not in str(error): raise
    raise RuntimeError('no attempt won')
for round in range(input['rounds']):
    if round == 0:
        insist(lambda: table().alter.add_columns([Field('note', PrimitiveType('string'))]))
    rows = pa.table({
        '_raw_value': ['theirs'], 'note': [f'note {round}'], '_ingestion_date': ['2026-01-01'],
        '_ingested_at': [datetime.datetime.now(datetime.timezone.utc)],
    })
    insist(lambda: write_deltalake(root, rows, mode='append', schema_mode='merge', storage_options=options))
    insist(lambda: table().alter.add_columns([Field(f'extra_{round}', PrimitiveType('integer'))]))
    try:
        compactions += table().optimize.compact()['numFilesRemoved'] > 0
    except Exception as error:
        if 'ommit' not in str(error) and 'onflict' not in str(error): raise
    table().create_checkpoint()
    table().vacuum(retention_hours=168, dry_run=False)
emit({'rows': input['rounds'], 'compactions': compactions})
`;
