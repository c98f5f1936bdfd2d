import type { JobSpec } from '../../../src/model/job/job-spec.ts';
import type { ResetRequest } from '../../../src/model/requests/reset-request.ts';
import { SeededRandom } from '../../../src/samples/seeded-random.ts';
import { loadJob } from '../../../src/spec/load-job.ts';
import { isBroken, SimulatedLake } from './simulated-lake.ts';
import { SimulatedRun, type Simulation } from './simulated-run.ts';
import { SimulatedTopic } from './simulated-topic.ts';
import { Turns } from './turns.ts';

const mostTurns = 50_000;

export interface SimulatedOutcome {
  /** What is wrong with the tables. */
  readonly problems: readonly string[];
  /** Who did what, in order. */
  readonly log: readonly string[];
}

/** Runs of one job that follow and overlap each other, with accidents and resets, and what they leave in the tables. */
export async function simulate(seed: number): Promise<SimulatedOutcome> {
  const random = new SeededRandom(seed, 0);
  const turns = new Turns(random);
  const lake = new SimulatedLake(turns);
  const topic = new SimulatedTopic(1 + random.int(2));
  const spec = jobSpec(topic.name);
  const simulation: Simulation = { turns, random, lake, topic, spec, attempts: [], isHealed: false };
  const course = operate(simulation);
  try {
    await turns.until(course, mostTurns);
    // Attempts that nobody waits for any more still are on their way.
    await turns.settle();
  } catch (error) {
    return { problems: [error instanceof Error ? (error.stack ?? error.message) : String(error)], log: turns.log };
  }
  return { problems: await compare(simulation, await course), log: turns.log };
}

function jobSpec(topic: string): JobSpec {
  return loadJob(
    {
      name: 'simulated',
      source: { bootstrapServers: 'nowhere:9092', topics: [topic], maxOffsetsPerTrigger: 6 },
      trigger: '1 ms',
      steps: { parse: { format: 'raw' }, metadata: { value: 'value', partition: 'partition', offset: 'offset' } },
      table: { path: '/lake/rows', partitionBy: [] },
      deadLetter: { path: '/lake/dlq' },
    },
    { jobsFolder: '', env: {} },
  );
}

/** Gives how many resets kept rows. */
async function operate(simulation: Simulation): Promise<number> {
  const { turns, random, topic, attempts } = simulation;
  let keptResets = 0;
  let number = 1;
  let run = new SimulatedRun(simulation, 'run 1');
  let running = run.run();
  for (let orders = 4 + random.int(8); orders > 0; orders -= 1) {
    await turns.after(random.int(60));
    topic.append(random.int(topic.ends.length), random.int(12));
    const order = random.pick(['nothing', 'grow', 'keep', 'discard', 'discard', 'terminate'] as const);
    turns.log.push(`--- ${order}`);
    switch (order) {
      case 'nothing':
        break;
      case 'grow':
        if (topic.ends.length < 3) topic.addPartition();
        break;
      case 'keep':
        keptResets += 1;
        run.reset(backwards(simulation, order));
        break;
      case 'discard':
        run.reset(backwards(simulation, order));
        break;
      case 'terminate':
        run.terminate();
        number += 1;
        run = new SimulatedRun(simulation, `run ${String(number)}`);
        attempts.push(running);
        running = run.run();
    }
  }
  simulation.isHealed = true;
  turns.log.push('--- healed');
  // An attempt of an earlier run may open the lane in the end: then somebody has to start the job again.
  for (; (await running) === 'fenced'; running = run.run()) {
    number += 1;
    run = new SimulatedRun(simulation, `run ${String(number)}`);
  }
  return keptResets;
}

/** Never further than to the beginning of what is there now: to skip records leaves nothing to compare. */
function backwards({ topic, random }: Simulation, rows: ResetRequest['rows']): ResetRequest {
  if (random.chance(0.5)) return { to: { kind: 'earliest' }, rows };
  const chosen = [...topic.ends.keys()].filter(() => random.chance(0.6));
  if (chosen.length === 0) return { to: { kind: 'earliest' }, rows };
  const offsets: Record<string, '0'> = {};
  for (const partition of chosen) offsets[partition] = '0';
  return { to: { kind: 'offsets', offsets: { [topic.name]: offsets } }, rows };
}

async function compare({ lake, spec, topic }: Simulation, keptResets: number): Promise<readonly string[]> {
  const [rows, deadLetters] = [await lake.counts(spec.table.path), await lake.counts(spec.deadLetter.path)];
  return topic.ends.flatMap((end, partition) =>
    Array.from({ length: end }, (_, offset) => offset).flatMap((offset) => {
      const place = `${String(partition)}/${String(offset)}`;
      const [right, wrong] = isBroken({ offset }) ? [deadLetters, rows] : [rows, deadLetters];
      const count = right.get(place) ?? 0;
      const isRight = count >= 1 && count <= 1 + keptResets && !wrong.has(place);
      return isRight
        ? []
        : [
            `${place} is there ${String(count)} times, and ${String(wrong.get(place) ?? 0)} times where it does not belong`,
          ];
    }),
  );
}
