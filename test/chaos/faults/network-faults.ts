import { setTimeout as delay } from 'node:timers/promises';
import type { SeededRandom } from '../../../src/samples/seeded-random.ts';
import { answerCut, answeredBy, answerLost, refusal, requestLost, type S3Fault } from '../../support/s3-proxy.ts';
import type { NetworkWeather, TcpProxy } from '../../support/tcp-proxy.ts';
import type { World } from '../world.ts';
import type { Fault } from './fault.ts';

const weathers: readonly NetworkWeather[] = [
  { kind: 'slow', delayMs: 100 },
  { kind: 'slow', delayMs: 500 },
  { kind: 'silent' },
  { kind: 'refused' },
];

function linksOf({ network }: World): Readonly<Record<string, TcpProxy>> {
  return { Kafka: network.kafka, Temporal: network.temporal, ...(network.s3 ? { S3: network.s3.tcp } : {}) };
}

function pickLink(world: World, random: SeededRandom): readonly [string, TcpProxy] {
  return random.pick(Object.entries(linksOf(world)));
}

const resetConnections: Fault = {
  name: 'break connections',
  weight: 3,
  run(world, random) {
    const [name, link] = pickLink(world, random);
    world.timeline.note(`connections to ${name} are broken`);
    link.reset();
    return Promise.resolve();
  },
};

const badWeather: Fault = {
  name: 'bad network',
  weight: 3,
  async run(world, random) {
    const [name, link] = pickLink(world, random);
    const weather = random.pick(weathers);
    const forMs = 500 + random.int(8000);
    world.timeline.note(`the network to ${name} is ${JSON.stringify(weather)} for ${String(forMs)} ms`);
    link.weather = weather;
    if (weather.kind === 'refused') link.reset();
    await delay(forMs);
    if (random.chance(0.5)) link.reset();
    link.weather = { kind: 'fair' };
  },
};

const storeFaults: Readonly<Record<string, S3Fault>> = {
  'answers are lost': answerLost,
  'requests are lost': requestLost,
  'answers are cut': answerCut,
  'it asks to slow down': refusal(503, 'SlowDown'),
  'it says that it failed': refusal(500, 'InternalError'),
  'it does what is asked and says that it failed': answeredBy(refusal(500, 'InternalError')),
};

const badStore: Fault = {
  name: 'bad store',
  weight: 4,
  applies: ({ network }) => network.s3 !== undefined,
  run({ network, timeline }, random) {
    const [name, fault] = random.pick(Object.entries(storeFaults));
    const onlyCommits = random.chance(0.5);
    const times = 1 + random.int(10);
    timeline.note(`S3, ${String(times)} times${onlyCommits ? ' at conditional puts' : ''}: ${name}`);
    network.s3?.http.inject(({ isCreate }) => isCreate || !onlyCommits, fault, times);
    return Promise.resolve();
  },
};

export const networkFaults: readonly Fault[] = [resetConnections, badWeather, badStore];
