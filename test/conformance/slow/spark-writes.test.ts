import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { exists } from '../../../src/stack/cache-folder.ts';
import { test } from '../../support/job-fixture.ts';
import { numbered } from '../../support/messages.ts';
import { rowsOf, sendWhile } from '../../support/other-writer.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import { skipPlainly } from '../../support/skip-plainly.ts';
import { openSpark } from '../../support/spark.ts';
import { untilTrue } from '../../support/until-true.ts';

const spark = await openSpark();
if (spark.missing !== undefined) skipPlainly(`without Spark: ${spark.missing}`);

test.skipIf(spark.missing !== undefined)(
  'Spark changes the table while a job runs, and nobody loses a row; what it takes away comes back',
  async ({ kafka, createJob }) => {
    const topic = await kafka.createTopic({ partitions: 2 });
    const job = await createJob({ topics: [topic.name], source: { maxOffsetsPerTrigger: 100 } });
    await topic.send(...numbered(20, 2));
    await job.start();
    await job.untilCaughtUp();
    const root = job.tableOf(topic.name);
    const control = await scratchFolder();
    const session = spark.run(sparkScript, root, control);
    const step = async (name: string): Promise<void> => {
      await writeFile(join(control, `${name}.begin`), '');
      await Promise.race([
        untilTrue(() => exists(join(control, `${name}.end`)), 100, 600_000),
        session.then(() => Promise.reject(new Error('Spark ended'))),
      ]);
    };

    const sent = 20 + (await sendWhile(topic, 2, step('besideTheJob'), 1_000, 20));
    await job.untilCaughtUp();
    await job.jobs.pause(job.name);
    await step('whilePaused');
    await job.jobs.resume(job.name);
    await topic.send(...numbered(20, 2, sent));
    await job.untilCaughtUp();
    await job.jobs.pause(job.name);

    expect(
      await rowsOf(root, 'SELECT note, extra_0, seen, count(*)::INTEGER FROM t GROUP BY ALL ORDER BY ALL'),
    ).toEqual([
      ['note 0', 1, true, 1],
      ['note 1', 1, true, 1],
      [null, null, true, sent],
      [null, null, null, 20],
    ]);
    const { differences, comparedRecords } = await job.verify();
    expect(differences).toMatchObject([{ kind: 'outsideRanges', found: '2 rows' }]);
    expect(comparedRecords).toBe(sent + 20);
    await step('restore');
    await job.jobs.resume(job.name);
    await topic.send(...numbered(20, 2, sent + 20));
    await job.untilCaughtUp();
    expect((await job.verify()).differences).toContainEqual(expect.objectContaining({ kind: 'counts' }));
    await job.jobs.reset(job.name, { to: 'earliest', rows: 'discard' });
    await job.untilCaughtUp();
    await job.expectVerified(sent + 40);

    await step('removeColumn');
    await session;
    await topic.send(...numbered(20, 2, sent + 40));
    await expect(job.jobs.result(job.name)).rejects.toMatchObject({
      code: 'TABLE_SCHEMA_MISMATCH',
      message: expect.stringContaining('_kafka_timestamp') as string,
    });
    await job.start();
    await job.untilCaughtUp();
    await job.jobs.stop(job.name);
    const times = 'SELECT count(*)::INTEGER, count(_kafka_timestamp)::INTEGER FROM t';
    expect(await rowsOf(root, times)).toEqual([[sent + 60, 20]]);
  },
  1_200_000,
);

/** Each step waits until it is asked for; what loses to another commit is tried again, as users do. */
const sparkScript = `
import os, sys, time
root, control = args
parent = os.getppid()
table = f'delta.\`{root}\`'
# Tables are small: by default 10,000 tasks list the files.
spark.conf.set('spark.sql.sources.parallelPartitionDiscovery.parallelism', '2')
def step(name, action):
    while not os.path.exists(f'{control}/{name}.begin'):
        # A test that failed will not ask any more.
        if os.getppid() != parent: sys.exit(1)
        time.sleep(0.05)
    action()
    open(f'{control}/{name}.end', 'w').close()
def insist(statement):
    for attempt in range(50):
        try:
            return spark.sql(statement).collect()
        except Exception as error:
            if 'DELTA_CONCURRENT' not in str(error) and 'DELTA_METADATA_CHANGED' not in str(error): raise
    raise RuntimeError(f'no attempt won: {statement}')
def beside_the_job():
    insist(f'ALTER TABLE {table} ADD COLUMN note STRING')
    for round in range(3):
        insist(f"INSERT INTO {table} (_raw_value, note, _ingestion_date) VALUES ('theirs', 'note {round}', '2026-01-01')")
        insist(f'ALTER TABLE {table} ADD COLUMN extra_{round} INT')
        insist(f'OPTIMIZE {table}')
    insist(f'VACUUM {table}')
    # Of a table partition that the job does not write into.
    insist(f"UPDATE {table} SET extra_0 = 1 WHERE _ingestion_date = '2026-01-01'")
    insist(f"DELETE FROM {table} WHERE _ingestion_date = '2026-01-01' AND note = 'note 2'")
def while_paused():
    insist(f'ALTER TABLE {table} ADD COLUMN seen BOOLEAN')
    insist(f"UPDATE {table} SET seen = true")
def restore():
    insist(f'RESTORE TABLE {table} TO VERSION AS OF 2')
def remove_column():
    rows = spark.read.format('delta').load(root).drop('_kafka_timestamp').write.format('delta').mode('overwrite')
    rows.option('overwriteSchema', 'true').partitionBy('_ingestion_date').save(root)
step('besideTheJob', beside_the_job)
step('whilePaused', while_paused)
step('restore', restore)
step('removeColumn', remove_column)
emit(None)
`;
