import { setTimeout as delay } from 'node:timers/promises';
import type { ServerName } from '../../../src/stack/server-name.ts';
import { readStackState } from '../../../src/stack/stack-state.ts';
import type { World } from '../world.ts';
import { signal } from '../workers.ts';
import type { Fault } from './fault.ts';

function serversOf({ scenario }: World): readonly ServerName[] {
  return scenario.storage === 's3' ? ['kafka', 'temporal', 's3'] : ['kafka', 'temporal'];
}

const restartServer: Fault = {
  name: 'restart a server',
  weight: 1,
  applies: ({ servers }) => servers.own !== undefined,
  async run(world, random) {
    const server = random.pick(serversOf(world));
    world.timeline.note(`${server} is restarted`);
    await world.servers.own?.stack.restart(server);
  },
};

const killServer: Fault = {
  name: 'kill a server',
  weight: 1,
  applies: ({ servers }) => servers.own !== undefined,
  async run(world, random) {
    const server = random.pick(serversOf(world));
    world.timeline.note(`${server} is killed`);
    await world.servers.own?.stack.kill(server);
    await delay(random.int(5000));
    await world.servers.own?.stack.restart(server);
    world.timeline.note(`${server} is there again`);
  },
};

const freezeServer: Fault = {
  name: 'freeze a server',
  weight: 1,
  applies: ({ servers }) => servers.own !== undefined,
  async run({ servers, timeline, ...world }, random) {
    const server = random.pick(serversOf({ servers, timeline, ...world }));
    const record = (await readStackState(servers.own?.stateFolder ?? ''))[server];
    if (record?.kind !== 'process') return;
    const forMs = random.pick([1000, 4000, 12_000]);
    timeline.note(`${server} stands still for ${String(forMs)} ms`);
    signal(record.pid, 'SIGSTOP');
    try {
      await delay(forMs);
    } finally {
      signal(record.pid, 'SIGCONT');
    }
  },
};

export const serverFaults: readonly Fault[] = [restartServer, killServer, freezeServer];
