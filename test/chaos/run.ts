import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { minioEnvironment } from '../../src/stack/minio-server.ts';
import { usualServers } from '../../src/stack/server-name.ts';
import { startStack } from '../../src/stack/start-stack.ts';
import { wardStack } from '../support/stack-warden.ts';
import { runScenario } from './run-scenario.ts';
import { describeScenario, drawScenario } from './scenario.ts';
import type { ChaosServers } from './world.ts';

const usage = `usage: npm run test:chaos -- [options]

Runs random jobs under random faults, one after the other, and proves what each of them left.

  --seed N         the first scenario's; the next have the numbers after it (default: by the clock)
  --scenarios N    how many (default: until the time is over)
  --minutes M      begin none after so long (20)
  --seconds S      how long each is under faults (60)
  --faults a,b     only faults with one of these words in their names
  --servers where  own: Kafka, Temporal and S3 of its own, which faults may stop (default);
                   environment: those that the environment names, which are left alone
  --keep           keep tables and logs of scenarios that went well`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Date.now() / 1000) % 1_000_000) },
    scenarios: { type: 'string', default: 'Infinity' },
    minutes: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '60' },
    faults: { type: 'string', default: '' },
    servers: { type: 'string', default: 'own' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

if (values.help) console.log(usage);
else process.exitCode = await main();

async function main(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'kafka-bronze-chaos-'));
  const stateFolder = join(folder, 'servers');
  const end = values.servers === 'own' ? wardStack(stateFolder) : undefined;
  const failed: number[] = [];
  try {
    const servers = await openServers(stateFolder);
    const deadline = Date.now() + Number(values.minutes) * 60_000;
    const first = Number(values.seed);
    for (let seed = first; seed < first + Number(values.scenarios) && Date.now() < deadline; seed += 1) {
      if (!(await runSeed(seed, servers, join(folder, String(seed))))) failed.push(seed);
    }
  } finally {
    await end?.();
  }
  if (failed.length === 0) {
    if (!values.keep) await rm(folder, { recursive: true, force: true });
    return 0;
  }
  console.log(`failed: ${failed.join(', ')}. Tables, logs and histories are in ${folder}`);
  return 1;
}

async function openServers(stateFolder: string): Promise<ChaosServers> {
  const servers = [...usualServers, 's3'] as const;
  const isOwn = values.servers === 'own';
  const env = { ...process.env, KAFKA_HEAP_MB: '384' };
  const stack = await startStack({ stateFolder, servers, env, use: isOwn ? 'isolated' : 'shared', log: console.log });
  const { addresses } = stack;
  // Other programs of a scenario get it from here.
  if (isOwn) Object.assign(process.env, minioEnvironment(addresses.s3 ?? '', env));
  return { addresses, ...(isOwn ? { own: { stack, stateFolder } } : {}) };
}

async function runSeed(seed: number, servers: ChaosServers, folder: string): Promise<boolean> {
  const scenario = drawScenario(seed);
  console.log(describeScenario(scenario));
  const only = values.faults.split(',').filter((word) => word !== '');
  const { problems, timeline } = await runScenario(scenario, {
    ...{ servers, folder, only },
    faultsForMs: Number(values.seconds) * 1000,
  });
  if (problems.length === 0) {
    console.log(`  ${timeline.lines.at(-1) ?? ''}`);
    if (!values.keep) await rm(folder, { recursive: true, force: true });
    return true;
  }
  for (const line of timeline.lines) console.log(`  ${line.slice(0, 2000)}`);
  console.log(`  FAILED: seed ${String(seed)}, see ${folder}`);
  return false;
}
