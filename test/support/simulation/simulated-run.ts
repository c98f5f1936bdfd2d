import { BronzeError } from '../../../src/errors.ts';
import { commitBatch } from '../../../src/ingest/commit/commit-batch.ts';
import { commitDeadLetters } from '../../../src/ingest/commit/commit-dead-letters.ts';
import type { LaneContext } from '../../../src/ingest/lane/lane-context.ts';
import { openLane } from '../../../src/ingest/lane/open-lane.ts';
import { resetLane } from '../../../src/ingest/lane/reset-lane.ts';
import { pollLane } from '../../../src/ingest/plan/poll-lane.ts';
import type { BatchPlan, LanePosition } from '../../../src/model/batch/batch.ts';
import { isRetryable } from '../../../src/model/error-code.ts';
import type { JobSpec } from '../../../src/model/job/job-spec.ts';
import type { LanePast } from '../../../src/model/requests/lane-requests.ts';
import type { ResetRequest } from '../../../src/model/requests/reset-request.ts';
import type { SeededRandom } from '../../../src/samples/seeded-random.ts';
import { positionAfter } from '../../../workflows/position-after.ts';
import type { SimulatedLake } from './simulated-lake.ts';
import type { SimulatedTopic } from './simulated-topic.ts';
import { Attempt, type Turns } from './turns.ts';

export interface Simulation {
  readonly turns: Turns;
  readonly random: SeededRandom;
  readonly lake: SimulatedLake;
  readonly topic: SimulatedTopic;
  readonly spec: JobSpec;
  /** What everybody did. */
  readonly attempts: Promise<unknown>[];
  /** No more accidents: attempts that are on their way end. */
  isHealed: boolean;
}

/** The run was ended; what its attempts do meanwhile, nobody hears. */
class Terminated extends Error {}

/** One topic's lane in a run of a job, as `workflows/lane.ts` has it, with activities that meet accidents. */
export class SimulatedRun {
  readonly #simulation: Simulation;
  readonly #name: string;
  readonly #opener: string;
  readonly #resets: ResetRequest[] = [];
  #position: LanePosition | undefined;
  #unheardResets: readonly string[] = [];
  #mustReopen = false;
  #isTerminated = false;
  #activities = 0;

  constructor(simulation: Simulation, name: string) {
    this.#simulation = simulation;
    this.#name = name;
    this.#opener = `opener-${name}`;
  }

  terminate(): void {
    this.#isTerminated = true;
  }

  reset(request: ResetRequest): void {
    this.#resets.push(request);
  }

  /** Until it was terminated or, once all is healed, has ingested everything. */
  async run(): Promise<'terminated' | 'drained' | 'fenced'> {
    for (;;) {
      try {
        if (await this.#advance()) return 'drained';
      } catch (error) {
        if (error instanceof Terminated) return 'terminated';
        if (!(error instanceof BronzeError)) throw error;
        if (error.code === 'LANE_FENCED') return 'fenced';
        throw error;
      }
    }
  }

  async #advance(): Promise<boolean> {
    const { turns, topic, spec } = this.#simulation;
    const request = this.#resets.shift();
    if (request) {
      await this.#reset(request);
      return false;
    }
    if (this.#mustReopen || !this.#position) {
      const past = this.#past;
      this.#moveTo(await this.#activity('open', (context) => openLane(context, { spec, topic: topic.name, ...past })));
    }
    const lane = this.#position;
    if (!lane) return false;
    const isAtEnd = lane.positions.every(({ partition, offset }) => Number(offset) >= (topic.ends[partition] ?? 0));
    if (isAtEnd && lane.positions.length === topic.ends.length) {
      if (this.#simulation.isHealed) return true;
      await turns.after(5);
      this.#assertAlive();
      return false;
    }
    try {
      await this.#ingest(lane);
    } catch (error) {
      if (!(error instanceof BronzeError && error.code === 'LANE_FENCED')) throw error;
      // By another run, or by an attempt of this one that goes on: opening the lane will tell.
      this.#mustReopen = true;
    }
    return false;
  }

  async #ingest(lane: LanePosition): Promise<void> {
    const { spec, lake } = this.#simulation;
    const polled = await this.#activity('poll', ({ connections, signal }) =>
      pollLane(connections, { spec, lane, notBeforeMs: 0 }, { engines: 1, signal }),
    );
    if (polled.kind !== 'planned') {
      this.#mustReopen = true;
      return;
    }
    const { plan } = polled;
    const group = await this.#activity('transform', () =>
      lake.transform(spec, plan, { group: 0, ranges: plan.ranges }),
    );
    // Somebody ends the batch by hand.
    if (this.#isAccident(0.03)) {
      this.#mustReopen = true;
      return;
    }
    const staged = { spec, plan: withoutGroups(plan), groups: [group] };
    if (group.counts.some(({ deadLetters }) => deadLetters > 0)) {
      const routed = await this.#activity('dead letters', ({ connections }) => commitDeadLetters(connections, staged));
      if (routed.kind === 'reopen' || this.#isAccident(0.03)) {
        this.#mustReopen = true;
        return;
      }
    }
    const committed = await this.#activity('commit', ({ connections }) => commitBatch(connections, staged));
    if (committed.kind === 'reopen') this.#mustReopen = true;
    else this.#position = positionAfter(lane, committed);
  }

  async #reset(request: ResetRequest): Promise<void> {
    const { spec, topic } = this.#simulation;
    const resetId = `${this.#name}-reset-${String(this.#activities)}`;
    const past = this.#past;
    try {
      const reset = { spec, topic: topic.name, request, resetId, ...past };
      this.#moveTo(await this.#activity('reset', (context) => resetLane(context, reset)));
    } catch (error) {
      if (!(error instanceof BronzeError)) throw error;
      if (['RESET_INVALID', 'OFFSETS_LOST'].includes(error.code)) return;
      this.#unheardResets = [...this.#unheardResets, resetId];
      this.#mustReopen = true;
      throw error;
    }
  }

  get #past(): LanePast {
    const previous = this.#position;
    const unheardResets = this.#unheardResets;
    return { ...(previous === undefined ? {} : { previous }), unheardResets, opener: this.#opener };
  }

  #moveTo(position: LanePosition): void {
    this.#mustReopen = false;
    this.#unheardResets = [];
    this.#position = position;
  }

  #assertAlive(): void {
    if (this.#isTerminated) throw new Terminated();
  }

  #isAccident(probability: number): boolean {
    return !this.#simulation.isHealed && this.#simulation.random.chance(probability);
  }

  /**
   * Attempts until one is heard of. One that is given up may be dead, or stand still for a while and go on; or it has done
   * all, and its answer is lost.
   */
  async #activity<T>(what: string, work: (context: LaneContext) => Promise<T>): Promise<T> {
    const { turns, random, attempts } = this.#simulation;
    this.#activities += 1;
    for (let number = 1; ; number += 1) {
      const attempt = new Attempt(`${this.#name} ${what} ${String(this.#activities)}.${String(number)}`);
      const outcome = turns.as(attempt, () => work(this.#context()));
      attempts.push(outcome.catch(() => undefined));
      const patience = this.#isAccident(0.15) ? 1 + random.int(25) : undefined;
      try {
        const heard = await (patience === undefined
          ? outcome.then((value) => ({ value }))
          : Promise.race([outcome.then((value) => ({ value })), turns.after(patience).then(() => undefined)]));
        this.#assertAlive();
        if (heard && !this.#isAccident(0.03)) return heard.value;
        if (random.chance(0.3)) attempt.isDead = true;
        else attempt.frozenUntil = turns.now + random.int(150);
      } catch (error) {
        this.#assertAlive();
        if (!(error instanceof BronzeError) || !isRetryable(error.code, number)) throw error;
      }
    }
  }

  #context(): LaneContext {
    const { spec, lake, topic } = this.#simulation;
    const { discardInFiles } = lake;
    // Attempts stand still and die with the process that they are in, so each has one of its own.
    return { connections: lake.connections(topic), discardInFiles, spec, signal: new AbortController().signal };
  }
}

function withoutGroups(plan: BatchPlan): BatchPlan {
  return { ...plan, groups: [] };
}
