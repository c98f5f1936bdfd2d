import { expect } from 'vitest';
import { retryingActivities } from '../../../src/temporal/retrying-activities.ts';
import { test } from '../../support/own-worker.ts';
import { numbered } from '../../support/messages.ts';
import type { VerifyReport } from '../../../src/verify/verify-report.ts';
import { startMeasuredWorker, type MeasuredWorker } from '../../support/measured-worker.ts';
import { rawMetadata } from '../../support/test-job.ts';
import { untilTrue } from '../../support/until-true.ts';
import { startWorkerProcess } from '../../support/worker-process.ts';

test('a worker that is stopped hands its waiting jobs over at once', async ({ kafka, createJob, taskQueue }) => {
  const topic = await kafka.createTopic();
  const job = await createJob({
    topics: [topic.name],
    document: {
      steps: { parse: { format: 'json', schema: { number: 'bigint', text: 'string' } }, metadata: rawMetadata },
    },
  });
  const first = await startWorkerProcess({ taskQueue });
  await job.start();
  await job.untilWorkingOn('pollOffsets', `${job.name}/${topic.name}/0`);
  expect(await first.stop()).toBe(0);
  // It said so itself: the grace for running activities was not waited for.
  expect(await retryingActivities(job.client, job.name)).toMatchObject([
    { activity: 'pollOffsets', code: 'WORKER_STOPPING' },
  ]);

  const second = await startMeasuredWorker({ taskQueue });
  try {
    await topic.send(...numbered(10, 1), { value: 'no JSON' }, { value: '[]' }, { value: '{' });
    await job.untilCaughtUp();
    const report = await job.expectVerified(13);
    await expectMetricsOf(second, report);
    // Not the whole of the job's: the endpoint is that of the SDK as well.
    expect((await second.scrape()).names()).toContain('temporal_worker_task_slots_available');
  } finally {
    await second.kill();
  }
});

/** What the worker has counted is what the tables hold, and what it measures is that nothing is left. */
async function expectMetricsOf(worker: MeasuredWorker, report: VerifyReport): Promise<void> {
  const [found] = report.topics;
  const [partition] = found!.partitions;
  const lane = { job: report.job, topic: found!.topic };
  const metrics = await worker.scrape();
  expect(metrics.sum('kafka_bronze_rows_total', lane)).toBe(partition!.rows);
  expect(metrics.sum('kafka_bronze_dead_letters_total', lane)).toBe(partition!.deadLetters);
  expect(metrics.sum('kafka_bronze_dead_letters_total', { ...lane, code: 'INVALID_JSON' })).toBe(2);
  expect(metrics.sum('kafka_bronze_table_version', lane)).toBe(found!.tableVersion);
  const batches = metrics.sum('kafka_bronze_batches_total', lane);
  expect(metrics.sum('kafka_bronze_batch_duration_seconds_count', lane)).toBe(batches);
  // An attempt that finds its batch committed takes its time, too.
  expect(metrics.sum('kafka_bronze_stage_duration_seconds_count', { ...lane, stage: 'commit' })).toBeGreaterThanOrEqual(
    batches,
  );
  // Version 0 was another worker's; one of those after it announces the dead letters.
  expect(metrics.sum('kafka_bronze_commits_total', { table: found!.tableRoot })).toBe(found!.tableVersion);
  await untilTrue(async () => {
    const measured = await worker.scrape();
    return measured.has('kafka_bronze_lag_seconds', lane) && measured.sum('kafka_bronze_lag_offsets', lane) === 0;
  }, 100);
}
