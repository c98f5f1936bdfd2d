import { expect, test } from 'vitest';
import type { JobSpec } from '../../../../src/model/job/job-spec.ts';
import type { LaneLag } from '../../../../src/model/requests/lane-lag.ts';
import { LaneWatch } from '../../../../src/observe/metrics/lane-watch.ts';
import { Metrics } from '../../../../src/observe/metrics/metrics.ts';
import { loadJob } from '../../../../src/spec/load-job.ts';
import { packagedJobsFolder } from '../../../../src/worker-settings.ts';
import { RecordingMeter } from '../../../support/recording-meter.ts';

const spec: JobSpec = loadJob('rideshare-high-volume', { jobsFolder: packagedJobsFolder, env: {} });
const lane = `job=${spec.name},topic=gps`;
const hourMs = 3_600_000;
const behind: LaneLag = [
  { partition: 0, storedOffset: '10', endOffset: '15' },
  { partition: 1, storedOffset: '7', endOffset: '7' },
];

function watchOf(measure: () => Promise<LaneLag>): { readonly watch: LaneWatch; readonly meter: RecordingMeter } {
  const meter = new RecordingMeter();
  return { meter, watch: new LaneWatch({ metrics: new Metrics(meter), measure, keepMs: hourMs }) };
}

test('a lane that something is done for is measured at each look, however long that takes', async () => {
  const { watch, meter } = watchOf(() => Promise.resolve(behind));
  await watch.look(Date.now());
  expect(meter.gauges).toEqual({});
  watch.enter(spec, 'gps');
  await watch.look(Date.now() + 2 * hourMs);
  expect(meter.gauges).toMatchObject({
    [`lag_offsets{${lane},partition=0}`]: 5,
    [`lag_offsets{${lane},partition=1}`]: 0,
    [`lag_seconds{${lane}}`]: 0,
  });
});

test('a lane that is left is measured for a while, and then its lag is unknown', async () => {
  const { watch, meter } = watchOf(() => Promise.resolve(behind));
  const [leaveOne, leaveOther] = [watch.enter(spec, 'gps'), watch.enter(spec, 'gps')];
  await watch.look(Date.now());
  leaveOne();
  await watch.look(Date.now() + 2 * hourMs);
  expect(meter.gauges[`lag_offsets{${lane},partition=0}`]).toBe(5);
  leaveOther();
  await watch.look(Date.now() + hourMs / 2);
  expect(meter.gauges[`lag_offsets{${lane},partition=0}`]).toBe(5);
  await watch.look(Date.now() + 2 * hourMs);
  expect(meter.gauges[`lag_offsets{${lane},partition=0}`]).toBeNaN();
  expect(meter.gauges[`lag_offsets{${lane},partition=1}`]).toBeNaN();
  expect(meter.gauges[`lag_seconds{${lane}}`]).toBeNaN();
});

test('topic partitions that are gone are unknown, and an outage changes nothing', async () => {
  const answers = [behind, undefined, behind.slice(1)];
  const { watch, meter } = watchOf(() => {
    const answer = answers.shift();
    return answer ? Promise.resolve(answer) : Promise.reject(new Error('down'));
  });
  watch.enter(spec, 'gps');
  await watch.look(Date.now());
  const measured = { ...meter.gauges };
  await watch.look(Date.now());
  expect(meter.gauges).toEqual(measured);
  await watch.look(Date.now());
  expect(meter.gauges[`lag_offsets{${lane},partition=0}`]).toBeNaN();
  expect(meter.gauges[`lag_offsets{${lane},partition=1}`]).toBe(0);
});

test('more than is committed lies behind, after another isolation level: that is no lag', async () => {
  const { watch, meter } = watchOf(() => Promise.resolve([{ partition: 0, storedOffset: '10', endOffset: '8' }]));
  watch.enter(spec, 'gps');
  await watch.look(Date.now());
  expect(meter.gauges[`lag_offsets{${lane},partition=0}`]).toBe(0);
});
