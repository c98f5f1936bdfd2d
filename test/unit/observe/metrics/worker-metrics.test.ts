import { expect, test } from 'vitest';
import { BronzeError } from '../../../../src/errors.ts';
import type { CommitOutcome, CommitRequest } from '../../../../src/model/requests/lane-requests.ts';
import type { OutputSummary } from '../../../../src/model/outputs/output-batch.ts';
import { field } from '../../../../src/model/table/table-schema.ts';
import { WorkerMetrics } from '../../../../src/observe/metrics/worker-metrics.ts';
import { BatchIntoTable, jsonJob } from '../../../support/batch-into-table.ts';
import { RecordingMeter } from '../../../support/recording-meter.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';

/** Two rows and a dead letter, on their way into a new table. */
async function stagedBatch(): Promise<{ readonly batch: BatchIntoTable; readonly request: CommitRequest }> {
  const batch = new BatchIntoTable(jsonJob(await scratchFolder(), [field('id', 'long')]));
  await batch.open();
  return { batch, request: await batch.stage([{ id: 1 }, { id: 'none' }, { id: 3 }]) };
}

function workerMetrics(): { readonly metrics: WorkerMetrics; readonly meter: RecordingMeter } {
  const meter = new RecordingMeter();
  return { meter, metrics: new WorkerMetrics({ meter }) };
}

function laneOf({ plan }: CommitRequest): string {
  return `job=${plan.job},topic=${plan.topic}`;
}

function countedOnce(request: CommitRequest): Readonly<Record<string, number>> {
  const lane = laneOf(request);
  return {
    [`batches_total{${lane}}`]: 1,
    [`rows_total{${lane}}`]: 2,
    [`dead_letters_total{${lane},code=CAST_FAILED}`]: 1,
    [`written_files_total{${lane}}`]: 1,
    [`read_bytes_total{${lane}}`]: '{"id":1}{"id":"none"}{"id":3}'.length,
  };
}

test('a batch is counted by the attempt that commits it, and by no other', async () => {
  const { batch, request } = await stagedBatch();
  const [ours, theirs] = [workerMetrics(), workerMetrics()];
  await ours.metrics.countingBatch(request, () => batch.commit(request));
  const again = await theirs.metrics.countingBatch(request, () => batch.commit(request));
  await ours.metrics.countingBatch(request, () => batch.commit(request));

  expect(again).toMatchObject({ kind: 'committed', earlier: true });
  expect(ours.meter.counters).toMatchObject(countedOnce(request));
  expect(theirs.meter.counters).toEqual({});
  const lane = laneOf(request);
  expect(ours.meter.gauges).toMatchObject({ [`table_version{${lane}}`]: 1 });
  expect(ours.meter.gauges).toHaveProperty([`newest_record_timestamp_seconds{${lane}}`]);
  expect(ours.meter.histograms[`batch_duration_seconds{${lane}}`]).toHaveLength(1);
  expect(ours.meter.histograms[`stage_duration_seconds{${lane},stage=transform}`]).toHaveLength(1);
});

test('a commit whose answer was lost is counted by the next attempt', async () => {
  const { batch, request } = await stagedBatch();
  const { metrics, meter } = workerMetrics();
  const losing = async (): Promise<CommitOutcome> => {
    await batch.commit(request);
    throw new BronzeError('COMMIT_STATE_UNKNOWN', 'no answer');
  };
  await expect(metrics.countingBatch(request, losing)).rejects.toThrow('no answer');
  expect(meter.counters).toEqual({});
  await metrics.countingBatch(request, () => batch.commit(request));
  expect(meter.counters).toMatchObject(countedOnce(request));
});

test('what a batch does to outputs is counted for each of them', async () => {
  const { request } = await stagedBatch();
  const { metrics, meter } = workerMetrics();
  const summaryOf = (name: string, rows: number): OutputSummary => ({
    ...{ name, version: 3, rows, removedRows: 1, open: 4, stateFiles: 1, stateBytes: 500 },
    counts: { taken: 10, late: 2, nullEventTime: 0, nullKey: 0 },
  });
  for (const [output, rows] of [
    ['averages', 5],
    ['latest', 7],
  ] as const) {
    const outcome = { kind: 'committed', summary: summaryOf(output, rows) } as const;
    await metrics.countingOutput({ plan: request.plan, output }, () => Promise.resolve(outcome));
    await metrics.countingOutput({ plan: request.plan, output }, () => Promise.resolve({ ...outcome, earlier: true }));
  }
  const lane = laneOf(request);
  expect(meter.counters).toEqual({
    [`output_rows_total{${lane},output=averages}`]: 5,
    [`output_removed_rows_total{${lane},output=averages}`]: 1,
    [`output_late_records_total{${lane},output=averages}`]: 2,
    [`output_rows_total{${lane},output=latest}`]: 7,
    [`output_removed_rows_total{${lane},output=latest}`]: 1,
    [`output_late_records_total{${lane},output=latest}`]: 2,
  });
  expect(meter.gauges).toMatchObject({
    [`output_open_windows{${lane},output=latest}`]: 4,
    [`output_state_bytes{${lane},output=latest}`]: 500,
  });
});

test('failures are counted by activity and code; what a worker gives up to stop is none', async () => {
  const { request } = await stagedBatch();
  const { metrics, meter } = workerMetrics();
  const { spec, plan } = request;
  const attempt = async (error: Error, signal = new AbortController().signal): Promise<void> => {
    const activity = { activity: 'pollOffsets', spec, topic: plan.topic, signal };
    await expect(metrics.during(activity, () => Promise.reject(error))).rejects.toBe(error);
  };
  await attempt(new BronzeError('KAFKA_UNAVAILABLE', 'down'));
  await attempt(new BronzeError('KAFKA_UNAVAILABLE', 'down'));
  await attempt(new Error('a bug'));
  await attempt(new BronzeError('WORKER_STOPPING', 'bye'));
  await attempt(new Error('cancelled'), AbortSignal.abort());
  const lane = laneOf({ ...request, plan: { ...plan, job: spec.name } });
  expect(meter.counters).toEqual({
    ...Object.fromEntries(
      ['batches', 'rows', 'read_bytes', 'written_bytes', 'written_files'].map((name) => [`${name}_total{${lane}}`, 0]),
    ),
    [`activity_failures_total{${lane},activity=pollOffsets,code=KAFKA_UNAVAILABLE}`]: 2,
    [`activity_failures_total{${lane},activity=pollOffsets,code=INTERNAL}`]: 1,
  });
});
