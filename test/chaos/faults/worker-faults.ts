import { setTimeout as delay } from 'node:timers/promises';
import { inBackground } from '../world.ts';
import { signal } from '../workers.ts';
import type { Fault } from './fault.ts';

const killWorker: Fault = {
  name: 'kill a worker',
  weight: 4,
  async run({ workers, timeline }, random) {
    const worker = random.pick(workers.all);
    timeline.note(`worker ${String(worker.pid)} is killed`);
    await workers.replace(worker);
  },
};

/** Its attempts are given up after a missed heartbeat of 10 s, and go on when it wakes. */
const freezeWorker: Fault = {
  name: 'freeze a worker',
  weight: 4,
  async run(world, random) {
    const { workers, timeline } = world;
    const worker = random.pick(workers.all);
    const engines = random.chance(0.5) ? await workers.enginesOf(worker) : [];
    const forMs = random.pick([3000, 12_000, 18_000]);
    timeline.note(`worker ${String(worker.pid)} stands still for ${String(forMs)} ms, with ${engines.length} engines`);
    const all = [worker.pid, ...engines];
    workers.freeze(all);
    const thaw = async (): Promise<void> => {
      await delay(forMs);
      workers.thaw(all);
      timeline.note(`worker ${String(worker.pid)} goes on`);
    };
    inBackground(world, 'thaw', thaw());
    await delay(random.int(forMs));
  },
};

const killEngines: Fault = {
  name: 'kill engines',
  weight: 2,
  async run({ workers, timeline }, random) {
    const worker = random.pick(workers.all);
    const engines = await workers.enginesOf(worker);
    timeline.note(`${String(engines.length)} engines of worker ${String(worker.pid)} are killed`);
    for (const pid of engines) signal(pid, 'SIGKILL');
  },
};

const stopWorker: Fault = {
  name: 'stop a worker',
  weight: 1,
  applies: ({ workers }) => workers.all.length > 1,
  async run(world, random) {
    const { workers, timeline } = world;
    const worker = random.pick(workers.all);
    timeline.note(`worker ${String(worker.pid)} is stopped`);
    inBackground(world, 'stop a worker', workers.stop(worker));
    await workers.add();
  },
};

export const workerFaults: readonly Fault[] = [killWorker, freezeWorker, killEngines, stopWorker];
