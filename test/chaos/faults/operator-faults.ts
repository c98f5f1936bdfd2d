import { setTimeout as delay } from 'node:timers/promises';
import { BronzeError } from '../../../src/errors.ts';
import type { JobProgress } from '../../../src/model/requests/job-progress.ts';
import type { SeededRandom } from '../../../src/samples/seeded-random.ts';
import { ChaosFailure } from '../job-driver.ts';
import { inBackground } from '../world.ts';
import type { Fault } from './fault.ts';

const pauseAndResume: Fault = {
  name: 'pause',
  weight: 1,
  applies: ({ isPaused }) => !isPaused,
  async run(world, random) {
    const { job, timeline } = world;
    timeline.note('the job is paused');
    world.isPaused = true;
    inBackground(world, 'pause', job.jobs.pause(job.name));
    await delay(random.int(3000));
    timeline.note('the job is resumed');
    await job.jobs.resume(job.name).finally(() => (world.isPaused = false));
  },
};

const stopAndStart: Fault = {
  name: 'stop and start',
  weight: 1,
  async run(world) {
    const { job, timeline } = world;
    timeline.note('the job is stopped');
    await Promise.race([job.jobs.stop(job.name), delay(20_000, undefined, { ref: false })]);
    timeline.note('the job is started');
    await job.ensureStarted();
  },
};

const terminateAndStart: Fault = {
  name: 'terminate and start',
  weight: 2,
  async run({ job, timeline }) {
    timeline.note('the job is terminated, and started anew');
    await job.terminate();
    await job.ensureStarted();
  },
};

/** Where the lanes stand, as the job says. */
function offsetsOf({ lanes }: JobProgress, random: SeededRandom): Record<string, Record<string, string>> {
  return Object.fromEntries(
    lanes.map(({ topic, positions }) => [
      topic,
      Object.fromEntries(
        positions.map(({ partition, offset }) => [partition, String(Math.floor(Number(offset) * random.fraction()))]),
      ),
    ]),
  );
}

/** Always back: one that skips records would leave nothing to compare them with. */
const reset: Fault = {
  name: 'reset',
  weight: 3,
  applies: ({ isResetting }) => !isResetting,
  async run(world, random) {
    const { job, timeline, scenario } = world;
    const progress = await job.progress();
    if (!progress || progress.lanes.some(({ positions }) => positions.length === 0)) return;
    const rows = random.chance(0.2) && !scenario.deduplicates ? 'keep' : 'discard';
    const isOutputs = scenario.outputs.length > 0 && rows === 'discard';
    const to = isOutputs || random.chance(0.3) ? 'earliest' : offsetsOf(progress, random);
    timeline.note(`the job is reset: rows ${rows}, to ${JSON.stringify(to)}`);
    if (rows === 'keep') world.keptResets += 1;
    world.isResetting = true;
    const done = job.jobs
      .reset(job.name, { to, rows })
      .then(() => timeline.note('the reset is done'))
      .finally(() => (world.isResetting = false));
    inBackground(world, 'reset', done);
    await delay(random.int(4000));
  },
};

/** A second run of the same job fences the first, which is ended then. */
const rivalRun: Fault = {
  name: 'a second run',
  weight: 1,
  async run({ job, timeline }, random) {
    const rival = `${job.name}-rival`;
    timeline.note('a second run of the job is started');
    job.tolerated.add('LANE_FENCED');
    await job.ensureStarted(rival);
    await delay(random.int(6000));
    timeline.note('it is terminated');
    await job.terminate(rival);
  },
};

/** Another job with the tables of this one must be turned away. */
const mistakenJob: Fault = {
  name: 'a job on the same tables',
  weight: 1,
  async run(world) {
    const { job, timeline, scenario } = world;
    const progress = await job.progress();
    // Who comes first has the table.
    if (!progress || progress.lanes.length < scenario.topics) return;
    if (progress.lanes.some(({ positions }) => positions.length === 0)) return;
    const name = `${job.name}-mistake-${String(Date.now())}`;
    timeline.note('another job is started on the same tables');
    await job.ensureStarted(name, job.documentNamed(name));
    const end = job.jobs.result(name).then(
      () => Promise.reject(new ChaosFailure('a second job on the same tables was let in')),
      (error: unknown) => {
        if (!(error instanceof BronzeError) || error.code !== 'TABLE_OWNED_BY_ANOTHER_JOB') throw error;
      },
    );
    inBackground(
      world,
      'another job on the same tables',
      Promise.race([end, delay(60_000, undefined, { ref: false })]),
    );
  },
};

export const operatorFaults: readonly Fault[] = [
  pauseAndResume,
  stopAndStart,
  terminateAndStart,
  reset,
  rivalRun,
  mistakenJob,
];
